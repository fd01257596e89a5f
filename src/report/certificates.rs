//! `meshtree ca`: the certificates of the CA store.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::table::plural;
use crate::ca::{AuthorityFacts, Kept, OtherRoot, Phase, RotationFacts};
use crate::diag::secrets::redacted;

/// What was checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaChecked {
    pub roots: usize,
    pub intermediates: usize,
    /// The private keys that an age identity opened, and that are those of their certificates.
    pub private_keys: usize,
}

impl CaChecked {
    /// The kind of its document.
    pub const KIND: &'static str = "CaCheckReport";

    /// Counts the certificates of the store.
    pub fn of(authorities: &[AuthorityFacts], private_keys: usize) -> Self {
        let intermediates = authorities.iter().map(|authority| authority.meshes.len()).sum();
        Self { roots: authorities.len(), intermediates, private_keys }
    }

    /// One line.
    pub fn text(&self) -> String {
        let Self { roots, intermediates, private_keys } = self;
        let (roots, intermediates) =
            (plural(*roots, "root", "roots"), plural(*intermediates, "intermediate", "intermediates"));
        let keys = match private_keys {
            0 => String::new(),
            keys => format!(", {}", plural(*keys, "private key", "private keys")),
        };
        format!("checked: {roots}, {intermediates}{keys}\n")
    }
}

/// The certificates of the store.
#[derive(Debug, Serialize)]
pub struct Certificates {
    pub certificates: Vec<CertificateView>,
    /// How far the rotation of each root is that was ever rotated.
    pub rotations: Vec<PhaseView>,
}

/// How far a rotation is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhaseView {
    pub virtual_mesh: String,
    pub phase: &'static str,
    /// When it was begun.
    pub since: String,
    /// The phase that comes then; none after the last.
    pub next: Option<&'static str>,
    /// The pin of the root that goes.
    pub from: String,
    /// The pin of the root that comes.
    pub to: String,
}

/// A root, or an intermediate of a mesh.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    pub virtual_mesh: String,
    /// `root`, `next-root`, `former-root` or `intermediate`.
    pub role: &'static str,
    /// None of a root.
    pub mesh: Option<String>,
    /// None of a root.
    pub cluster: Option<String>,
    /// Empty if it has none.
    pub subject: String,
    /// The subject alternative names.
    pub names: Vec<String>,
    pub serial: String,
    pub key: String,
    pub not_before: String,
    pub not_after: String,
    /// Whole days; negative once it has ended.
    pub days_left: i64,
    /// SHA-256 of the public key with its algorithm, in Base64.
    pub pin: String,
    /// The age recipients that its private key is encrypted to.
    pub recipients: Vec<String>,
    pub file: String,
}

impl Certificates {
    /// The kind of its document.
    pub const KIND: &'static str = "Certificates";

    /// The certificates of the store, each intermediate after its root, as of a time.
    pub fn of(authorities: &[AuthorityFacts], now: OffsetDateTime) -> Self {
        let of = |authority: &AuthorityFacts| {
            let AuthorityFacts { virtual_mesh, root, meshes, rotation, crls: _, lacks_crls: _ } = authority;
            let virtual_mesh = virtual_mesh.to_string();
            let root = CertificateView::of(&virtual_mesh, None, root, now);
            let other = rotation.as_ref().and_then(|rotation| rotation.other.as_ref()).map(|(which, kept)| {
                let role = if *which == OtherRoot::Next { "next-root" } else { "former-root" };
                CertificateView { role, ..CertificateView::of(&virtual_mesh, None, kept, now) }
            });
            let meshes = meshes.iter().map(|(mesh, kept)| {
                let names = (mesh.mesh.to_string(), mesh.cluster.to_string());
                CertificateView::of(&virtual_mesh, Some(names), kept, now)
            });
            [root].into_iter().chain(other).chain(meshes).collect::<Vec<_>>()
        };
        let rotations = authorities.iter().filter_map(PhaseView::of).collect();
        Self { certificates: authorities.iter().flat_map(of).collect(), rotations }
    }

    /// A paragraph for each certificate, the facts below one another.
    pub fn text(&self) -> String {
        let certificates = self.certificates.iter().map(CertificateView::text);
        let all: Vec<_> = certificates.chain(self.rotations.iter().map(PhaseView::text)).collect();
        if all.is_empty() { "the CA store has no certificates\n".to_owned() } else { all.join("\n") }
    }
}

impl PhaseView {
    fn of(authority: &AuthorityFacts) -> Option<Self> {
        let RotationFacts { phase, since, from, to, left: _, other: _ } = authority.rotation.as_ref()?;
        Some(Self {
            virtual_mesh: authority.virtual_mesh.to_string(),
            phase: phase.as_str(),
            since: time(*since),
            next: phase.next().map(Phase::as_str),
            from: from.clone(),
            to: to.clone(),
        })
    }

    fn text(&self) -> String {
        let Self { virtual_mesh, phase, since, next, from, to } = self;
        let next = next.unwrap_or("none, the rotation is complete");
        let facts = [("phase", &**phase), ("since", since), ("next", next), ("from", from), ("to", to)];
        let lines = facts.iter().map(|(name, value)| format!("  {name:<14}{value}\n"));
        format!("rotation of the root of VirtualMesh {virtual_mesh}\n{}", lines.collect::<String>())
    }
}

impl CertificateView {
    fn of(virtual_mesh: &str, mesh: Option<(String, String)>, kept: &Kept, now: OffsetDateTime) -> Self {
        let Kept { file, certificate, sealed_to } = kept;
        let (mesh, cluster) = mesh.unzip();
        Self {
            virtual_mesh: virtual_mesh.to_owned(),
            role: if mesh.is_some() { "intermediate" } else { "root" },
            mesh,
            cluster,
            // A key may have been pasted as a name.
            subject: redacted(&certificate.subject).into_owned(),
            names: certificate.alt_names.iter().map(|name| redacted(name.as_str()).into_owned()).collect(),
            serial: certificate.serial_number(),
            key: certificate.key.to_string(),
            not_before: time(certificate.not_before),
            not_after: time(certificate.not_after),
            days_left: (certificate.not_after - now).whole_seconds().div_euclid(24 * 60 * 60),
            pin: certificate.pin(),
            recipients: sealed_to.clone(),
            file: file.display().to_string(),
        }
    }

    fn text(&self) -> String {
        let Self { virtual_mesh, mesh, cluster, subject, names, serial, key, not_before, not_after, .. } = self;
        let title = match (mesh, cluster) {
            (Some(mesh), Some(cluster)) => format!("mesh {mesh} in cluster {cluster}, VirtualMesh {virtual_mesh}"),
            _ => format!("{} of VirtualMesh {virtual_mesh}", self.role.replace('-', " ")),
        };
        let left = match self.days_left {
            ..=-1 => "ended".to_owned(),
            1 => "1 day left".to_owned(),
            days => format!("{days} days left"),
        };
        let facts = [
            ("subject", if subject.is_empty() { "(empty)".to_owned() } else { subject.clone() }),
            ("names", names.join(", ")),
            ("serial", serial.clone()),
            ("key", key.clone()),
            ("not before", not_before.clone()),
            ("not after", format!("{not_after} ({left})")),
            ("pin", format!("sha256/{}", self.pin)),
            ("encrypted to", self.recipients.join(", ")),
            // A file without a private key says that it is kept elsewhere.
            ("private key", if self.recipients.is_empty() { "elsewhere".to_owned() } else { String::new() }),
            ("file", self.file.clone()),
        ];
        let facts = facts.iter().filter(|(_, value)| !value.is_empty());
        let lines = facts.map(|(name, value)| format!("  {name:<14}{value}\n"));
        format!("{title}\n{}", lines.collect::<String>())
    }
}

/// A time such as `2026-01-02T03:04:05Z`.
pub fn time(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}
