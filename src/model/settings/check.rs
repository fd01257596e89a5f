//! Values of the settings that can be decoded but that Kubernetes or this program would refuse later.

mod delivery;
mod edge;
mod objects;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Component, Path};

use super::{Ca, ClusterSettings, Level, Output, Settings};
use crate::diag::{Code, FieldPath, Severity, levels};
use crate::ids::dns::{begins_and_ends, is_host_name, is_label, is_subdomain};
use crate::ids::{self, Text};
use crate::load::{CA_STORE, CLUSTERS};
use crate::model::compact::Gateway;
use crate::path;

/// Types of Secrets for which Kubernetes requires data that `cacerts` does not have.
const TYPES_WITH_DATA: [&str; 6] = [
    "kubernetes.io/basic-auth",
    "kubernetes.io/dockercfg",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/service-account-token",
    "kubernetes.io/ssh-auth",
    "kubernetes.io/tls",
];

/// A value that is not valid.
pub(in crate::model) struct Wrong {
    pub(in crate::model) path: FieldPath,
    pub(in crate::model) message: String,
    /// What would be right.
    pub(in crate::model) hint: &'static str,
}

/// Everything that is wrong with the values of the settings.
pub(in crate::model) fn check(settings: &Settings) -> Vec<Wrong> {
    let Settings {
        required_version: _,
        hub_namespace,
        output,
        ca,
        routes: _,
        templates: _,
        objects,
        clusters,
        diagnostics,
    } = settings;
    let mut found = Vec::new();
    if let Some(namespace) = hub_namespace.as_ref().filter(|namespace| !is_label(namespace)) {
        let message = format!("{namespace:?} is not a valid namespace name");
        let hint = "use lower-case letters and digits with `-` between them, at most 63 characters";
        found.push(Wrong { path: path!["spec", "hubNamespace"], message, hint });
    }
    if let Some(Output { directory, layout: _, labels: templates, sync_waves: _, waves: _ }) = output {
        found.extend(directory.as_ref().and_then(|directory| self::directory(directory)));
        let templates = templates.iter().flat_map(|templates| &templates.0);
        // Placeholders for the names of clusters and of the hub's namespace are checked as if they were a letter.
        let filled =
            templates.map(|(key, value)| (key.clone(), value.replace("{cluster}", "c").replace("{hub}", "h").into()));
        labels(&filled.collect(), &path!["spec", "output", "labels"], &mut found);
    }
    if let Some(Ca { recipients, secret_type, .. }) = ca {
        found.extend(recipients.iter().enumerate().filter_map(|(i, text)| self::recipient(i, text)));
        found.extend(secret_type.as_ref().and_then(|secret_type| self::secret_type(secret_type)));
    }
    delivery::check(settings, &mut found);
    objects::check(objects.as_ref(), path!["spec", "objects"], &mut found);
    for (name, cluster) in clusters {
        let ClusterSettings { profile: _, istio_version: _, revision: _, gateways, replaces, ca: _, objects } = cluster;
        objects::check(objects.as_ref(), path!["spec", "clusters", &**name, "objects"], &mut found);
        let of = |i| path!["spec", "clusters", &**name, "replaces", i];
        found.extend(replaces.iter().enumerate().filter_map(|(i, object)| replaced(object, of(i))));
        let at = path!["spec", "clusters", &**name, "gateways"];
        for (i, gateway) in gateways.iter().flatten().enumerate() {
            self::gateway(gateway, &at.with(i), &mut found);
        }
    }
    found.extend(diagnostics.iter().filter_map(|(code, level)| diagnostic(code, *level)));
    found
}

/// A code that does not exist, or that cannot have the level.
fn diagnostic(code: &Text, level: Level) -> Option<Wrong> {
    let path = path!["spec", "diagnostics", &**code];
    let Ok(known) = code.parse::<Code>() else {
        let message = format!("{code:?} is not a diagnostic code");
        return Some(Wrong { path, message, hint: "use a code that `meshtree explain` lists" });
    };
    let message = format!("{known} {}", levels::refusal(known, level.into())?);
    let hint = match known.severity() {
        Severity::Error => "remove this line and fix the cause; `--allow-invalid` leaves INVALID policies out",
        Severity::Note | Severity::Warning => "use note, warning or error",
    };
    Some(Wrong { path, message, hint })
}

/// What is wrong with the address and labels of a gateway.
pub(in crate::model) fn gateway(gateway: &Gateway, at: &FieldPath, found: &mut Vec<Wrong>) {
    let Gateway { address, port: _, container_port: _, labels: map, namespace } = gateway;
    if !address.is_empty() && !is_address(address) {
        let message = format!("{address:?} is neither an IP address nor a host name");
        let hint = "use an address without scheme, port and path: 192.0.2.1, 2001:db8::1 or gateway.example.com";
        found.push(Wrong { path: at.with("address"), message, hint });
    }
    if let Some(namespace) = namespace.as_deref().filter(|namespace| !is_label(namespace)) {
        let message = format!("{namespace:?} is not a valid namespace");
        let hint = "use at most 63 lowercase letters, digits and '-', beginning and ending with a letter or digit";
        found.push(Wrong { path: at.with("namespace"), message, hint });
    }
    if let Some(map) = map {
        let at = at.with("labels");
        if map.0.is_empty() {
            let message = "labels must not be empty: an empty selector selects every pod".to_owned();
            let hint = "remove labels to use istio: ingressgateway, or set those of the gateway's pods";
            found.push(Wrong { path: at.clone(), message, hint });
        }
        labels(&map.0, &at, found);
    }
}

/// What is wrong with the name of an object that may be replaced.
fn replaced(object: &str, path: FieldPath) -> Option<Wrong> {
    let parts = object.split_once(' ').and_then(|(kind, key)| Some((kind, key.split_once('/')?)));
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    let is_right = parts.is_some_and(|(kind, (namespace, name))| {
        is_word(kind) && (namespace.is_empty() || is_label(namespace)) && is_subdomain(name)
    });
    (!is_right).then(|| Wrong {
        path,
        message: format!("{object:?} is not the name of an object"),
        hint: "use kind, namespace and name, such as VirtualService shop/web; without a namespace, Namespace /shop",
    })
}

/// An output directory outside of the fleet, whose settings may come with a pull request, or one that would hide the inventory
/// of the clusters or the CA store from the program.
fn directory(directory: &str) -> Option<Wrong> {
    if let Some(fault) = path_fault(directory) {
        let message = format!("the output directory {fault}");
        let hint = "use a path below the fleet, such as rendered; `--out` takes any other directory";
        return Some(Wrong { path: path!["spec", "output", "directory"], message, hint });
    }
    let first = Path::new(directory).components().find(|component| *component != Component::CurDir)?;
    let name = first.as_os_str().to_str().filter(|name| [CLUSTERS, CA_STORE].contains(name))?;
    let what = if name == CLUSTERS { "the inventory of the clusters" } else { "the CA store" };
    let message = format!("the output directory cannot be in {name}/, which contains {what}");
    let hint = "use a separate directory, such as rendered";
    Some(Wrong { path: path!["spec", "output", "directory"], message, hint })
}

/// What keeps a path from being one below the fleet.
fn path_fault(path: &str) -> Option<&'static str> {
    // What every system accepts of a path, and of each part of it.
    const LONGEST: usize = 1024;
    const LONGEST_PART: usize = 255;
    let mut components = Path::new(path).components();
    if path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':') {
        Some("is an absolute path")
    } else if components.any(|component| component == Component::ParentDir) {
        Some("has `..` in its path")
    } else if path.chars().any(char::is_control) {
        Some("has a control character in its path")
    } else if path.len() > LONGEST || path.split('/').any(|part| part.len() > LONGEST_PART) {
        Some("has a path that is too long")
    } else {
        None
    }
}

/// What is wrong with the recipient at an index.
fn recipient(index: usize, text: &str) -> Option<Wrong> {
    let error = ids::recipient::check(text).err()?;
    let list = path!["spec", "ca", "recipients"];
    // The line of a place is shown with it. Of the list's own line, nothing behind the field's name ever is.
    let path = if error.may_be_private() { list } else { list.with(index) };
    Some(Wrong { path, message: format!("recipients[{index}]: {error}"), hint: error.hint() })
}

fn secret_type(secret_type: &str) -> Option<Wrong> {
    let path = path!["spec", "ca", "secretType"];
    let hint = "use Opaque, which other tools expect";
    if TYPES_WITH_DATA.contains(&secret_type) {
        let message = format!("a Secret of type {secret_type} requires entries that cacerts does not have");
        return Some(Wrong { path, message, hint });
    }
    let is_word = |c: char| !c.is_whitespace() && !c.is_control();
    let right = !secret_type.is_empty() && secret_type.chars().all(is_word);
    (!right).then(|| Wrong { path, message: format!("{secret_type:?} is not a valid Secret type"), hint })
}

/// What is wrong with labels.
fn labels(map: &BTreeMap<Text, Text>, at: &FieldPath, found: &mut Vec<Wrong>) {
    for (key, value) in map {
        let name = match key.split_once('/') {
            Some((prefix, name)) => Some(name).filter(|_| is_subdomain(prefix)),
            None => Some(&**key),
        };
        if !name.is_some_and(is_label_text) {
            let message = format!("{key:?} is not a valid label key");
            let hint = "use letters and digits with `-`, `_` and `.` between them, at most 63 characters, optionally after a domain and `/`";
            found.push(Wrong { path: at.with(&**key), message, hint });
        }
        if !value.is_empty() && !is_label_text(value) {
            let message = format!("{value:?} is not a valid label value");
            let hint = "use letters and digits with `-`, `_` and `.` between them, at most 63 characters";
            found.push(Wrong { path: at.with(&**key), message, hint });
        }
    }
}

/// Whether a text is the name or the value of a label.
fn is_label_text(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.len() <= 63 && begins_and_ends(text, |byte| byte.is_ascii_alphanumeric()) && text.bytes().all(inside)
}

/// Whether a text is an IP address or a host name. Names like 192.0.2.300 are mistyped addresses.
fn is_address(text: &str) -> bool {
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let lower = text.to_ascii_lowercase();
    let is_name = is_host_name(&lower) && !lower.rsplit('.').next().is_some_and(is_number);
    text.parse::<IpAddr>().is_ok() || is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, wanted) in [
            ("192.0.2.1", true),
            ("2001:db8::1", true),
            ("gateway.example.com", true),
            ("ELB-1.eu-west-1.elb.amazonaws.com", true),
            ("gateway", true),
            ("192.0.2.300", false),
            ("192.0.2", false),
            ("192.0.2.1:15443", false),
            ("https://gateway.example.com", false),
            ("*.example.com", false),
            ("-a.example.com", false),
            ("a..b", false),
            ("a b", false),
            ("[2001:db8::1]", false),
        ] {
            assert_eq!(is_address(text), wanted, "{text}");
        }
    }

    #[test]
    fn labels_are_as_kubernetes_wants_them() {
        let long = "a".repeat(64);
        for (key, value, wrong) in [
            ("app", "", 0),
            ("app.kubernetes.io/part-of", "Shop_1.x", 0),
            ("a/b/c", "x", 1),
            ("UPPER.io/x", "x", 1),
            ("/x", "x", 1),
            ("", "x", 1),
            ("x", "-x", 1),
            ("x", "a b", 1),
            (&*long, &*long, 2),
        ] {
            let mut found = Vec::new();
            labels(&BTreeMap::from([(key.into(), value.into())]), &path!["labels"], &mut found);
            assert_eq!(found.len(), wrong, "{key}: {value}");
        }
    }

    #[test]
    fn types_of_secrets() {
        for (text, wrong) in
            [("Opaque", false), ("istio.io/ca", false), ("kubernetes.io/tls", true), ("", true), ("a b", true)]
        {
            assert_eq!(secret_type(text).is_some(), wrong, "{text}");
        }
    }

    #[test]
    fn output_directories_are_below_the_fleet() {
        for right in ["rendered", "./out", "out/", "out/clusters", "a/b..c", "..a", "deploy/mesh"] {
            assert_eq!(directory(right).map(|wrong| wrong.message), None, "{right:?}");
        }
        let (long, longer) = ("a".repeat(256), "a/".repeat(600));
        for (wrong, what) in [
            ("/abs/x", "absolute"),
            ("C:\\x", "absolute"),
            ("../../x", "`..`"),
            ("a/../b", "`..`"),
            ("a\0b", "control character"),
            (&long, "too long"),
            (&longer, "too long"),
            ("../clusters", "`..`"),
            ("clusters", "cannot be in clusters/"),
            ("ca/", "cannot be in ca/"),
            ("./clusters/x", "cannot be in clusters/"),
        ] {
            let message = directory(wrong).map(|wrong| wrong.message).unwrap_or_default();
            assert!(message.contains(what), "{wrong:?}: {message}");
        }
    }
}
