//! When the certificates of the store are valid. Rendering copies them at any time; who asks gives the time.

use std::path::{Path, PathBuf};

use time::{Duration, OffsetDateTime};

use super::facts::time;
use super::paths;
use super::stored::{Certificate, Stored};
use crate::diag::{Code, Diag, Place};
use crate::ids::ObjectRef;
use crate::model::settings::WarnBeforeExpiry;
use crate::plan::Authority;

/// How long before its end a certificate is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soon {
    /// Replacing a root takes long.
    root: Duration,
    intermediate: Duration,
}

impl Default for Soon {
    fn default() -> Self {
        Self::of(&WarnBeforeExpiry::default())
    }
}

impl Soon {
    /// Whether the end of an intermediate, or of what lasts as long, is near or past.
    pub(super) fn is_near(self, now: OffsetDateTime, ends: OffsetDateTime) -> bool {
        ends - now <= self.intermediate
    }

    /// As the settings say.
    pub(super) fn of(settings: &WarnBeforeExpiry) -> Self {
        let WarnBeforeExpiry { root_days, intermediate_days } = settings;
        let days = |written: &Option<u32>, usual| Duration::days(i64::from(written.unwrap_or(usual)));
        Self { root: days(root_days, 180), intermediate: days(intermediate_days, 30) }
    }
}

/// What an intermediate is asked for, if its root lives that long.
const YEAR: Duration = Duration::days(365);

/// A certificate of the store.
pub(super) struct Held {
    file: PathBuf,
    of: Of,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// Whose it is.
enum Of {
    /// A root's: that of a VirtualMesh.
    Root(ObjectRef),
    /// A mesh's, under a root that is valid so.
    Mesh(ObjectRef, Root),
}

/// The validity of a root.
#[derive(Clone, Copy)]
struct Root {
    lifetime: Duration,
    not_after: OffsetDateTime,
}

/// The certificates that the store has for an authority.
pub(super) fn held(asked: &Authority, stored: &Stored, directory: &Path) -> Vec<Held> {
    let Stored::Root(root, meshes) = stored else { return Vec::new() };
    let one = |file: PathBuf, of, certificate: &Certificate| {
        let Certificate { not_before, not_after, .. } = *certificate;
        Held { file, of, not_before, not_after }
    };
    let mut found = vec![one(root.file.clone(), Of::Root(asked.virtual_mesh.clone()), &root.certificate)];
    let Certificate { not_before, not_after, .. } = root.certificate;
    let above = Root { lifetime: not_after - not_before, not_after };
    for (mesh, file) in meshes {
        if let Some(cacerts) = file.cacerts() {
            let path = paths::mesh_file(directory, &mesh.mesh);
            found.push(one(path, Of::Mesh(mesh.mesh.clone(), above), &cacerts.certificate));
        }
    }
    found
}

impl Held {
    /// What there is to say about it at a time.
    pub(super) fn findings(&self, now: OffsetDateTime, soon: Soon) -> Vec<Diag> {
        let Self { file, of, not_before, not_after } = self;
        let (whose, soon, hint) = match of {
            Of::Root(virtual_mesh) => (format!("the root certificate of VirtualMesh {virtual_mesh}"), soon.root, ROOT),
            Of::Mesh(mesh, root) => {
                // Issued again, it would end no later than its root.
                let hint = if root.not_after > *not_after { INTERMEDIATE } else { ROOT };
                (format!("the intermediate certificate of mesh {mesh}"), soon.intermediate, hint)
            }
        };
        let place = || Place::File(file.display().to_string().into());
        let diag = |code, what: String, hint| Diag::new(code, place(), format!("{whose} {what}")).hint(hint);
        let mut found = Vec::new();
        if now > *not_after {
            found.push(diag(Code::CertificateEnded, format!("ended at {}", time(*not_after)), hint));
        } else if now < *not_before {
            let hint = "wait until then before applying it: istiod does not load it earlier";
            found.push(diag(Code::CertificateEnded, format!("is not valid before {}", time(*not_before)), hint));
        } else if *not_after - now <= soon {
            let what = format!("ends at {}, in {}", time(*not_after), days(*not_after - now));
            found.push(diag(Code::CertificateEnds, what, hint));
        }
        // Whoever signed it elsewhere may have asked for less.
        if let Of::Mesh(mesh, root) = of
            && root.not_after - *not_after < Duration::DAY
        {
            found.extend(shortened(mesh, *not_after - *not_before, root.lifetime).map(|what| short(place(), what)));
        }
        found
    }
}

const ROOT: &str = "replace the root with `meshtree ca rotate`, in three commits; begin early enough to wait a day after each of the first two";
const INTERMEDIATE: &str = "run `meshtree ca renew` with an age identity available, which issues it again under the same root, for a year or as long as the root lasts";

/// What to report about an intermediate that lives shorter than is asked, since its root ends: a year, or as long as the root is given.
pub(super) fn shortened(mesh: &ObjectRef, lifetime: Duration, root: Duration) -> Option<String> {
    let asked = YEAR.min(root);
    // Of a calendar year and a root of 365 days, neither is too short.
    let is_short = lifetime + Duration::days(1) < asked;
    is_short.then(|| {
        let (days, asked) = (days(lifetime), asked.whole_days());
        format!("the intermediate certificate of mesh {mesh} lasts {days} instead of {asked}: it ends with its root")
    })
}

fn days(time: Duration) -> String {
    let days = time.whole_days();
    format!("{days} {}", if days == 1 { "day" } else { "days" })
}

/// The warning about it.
pub(super) fn short(place: Place, what: String) -> Diag {
    Diag::new(Code::CertificateShort, place, what).hint(ROOT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::DAY;

    fn begin() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + DAY * 20_000
    }

    /// What is reported about a certificate of so many days, after so many days.
    fn said(of: Of, days: i32, after: Duration) -> Vec<String> {
        let held = Held { file: "x.yaml".into(), of, not_before: begin(), not_after: begin() + DAY * days };
        let findings = held.findings(begin() + after, Soon::default());
        findings.iter().map(|diag| format!("{} {}", diag.code.as_str(), diag.message)).collect()
    }

    fn mesh(root: i32) -> Of {
        Of::Mesh(ObjectRef::new("hub", "east"), Root { lifetime: DAY * root, not_after: begin() + DAY * root })
    }

    /// Of a mesh whose root was issued for so many days, and ends after so many.
    fn late(root: i32, ends: i32) -> Of {
        Of::Mesh(ObjectRef::new("hub", "east"), Root { lifetime: DAY * root, not_after: begin() + DAY * ends })
    }

    fn root() -> Of {
        Of::Root(ObjectRef::new("hub", "all"))
    }

    #[test]
    fn an_end_is_reported_in_time() {
        let second = Duration::SECOND;
        assert!(said(mesh(365), 365, DAY * 334).is_empty(), "31 days before");
        assert_eq!(
            said(mesh(365), 365, DAY * 335),
            ["MT0706 the intermediate certificate of mesh hub/east ends at 2025-10-04T00:00:00Z, in 30 days"]
        );
        assert!(said(root(), 365, DAY * 184).is_empty(), "181 days before");
        assert_eq!(
            said(root(), 365, DAY * 364),
            ["MT0706 the root certificate of VirtualMesh hub/all ends at 2025-10-04T00:00:00Z, in 1 day"]
        );
        assert!(said(root(), 365, DAY * 365)[0].ends_with("in 0 days"), "the last second is valid");
        assert_eq!(
            said(root(), 365, DAY * 365 + second),
            ["MT0707 the root certificate of VirtualMesh hub/all ended at 2025-10-04T00:00:00Z"]
        );
        assert_eq!(
            said(mesh(365), 365, -second),
            ["MT0707 the intermediate certificate of mesh hub/east is not valid before 2024-10-04T00:00:00Z"]
        );
    }

    #[test]
    fn a_short_life_is_reported_if_more_was_asked() {
        let short = "MT0708 the intermediate certificate of mesh hub/east lasts 200 days instead of";
        assert_eq!(said(late(3650, 200), 200, DAY), [format!("{short} 365: it ends with its root")]);
        assert_eq!(said(late(300, 200), 200, DAY), [format!("{short} 300: it ends with its root")]);
        assert!(said(mesh(200), 200, DAY).is_empty(), "no more was asked");
        assert!(said(late(3650, 900), 200, DAY).is_empty(), "less was asked, since the root lasts");
        assert!(said(mesh(366), 365, DAY).is_empty() && said(mesh(3650), 366, DAY).is_empty());
    }
}
