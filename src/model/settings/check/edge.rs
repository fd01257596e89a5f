//! Values of the settings of an edge gateway.

use super::super::{BasicAuth, EdgeGateway, EdgeProxy, EdgeRoute, apr1};
use super::Wrong;
use crate::diag::FieldPath;
use crate::ids::dns::{is_label, is_subdomain};

const NAME: &str = "use lower-case letters and digits with `-` between them, at most 63 characters";

/// What is wrong with them.
pub(super) fn check(edge: &EdgeGateway, at: &FieldPath, found: &mut Vec<Wrong>) {
    let EdgeGateway { namespace, routes, proxy } = edge;
    if let Some(namespace) = namespace.as_deref().filter(|namespace| !is_label(namespace)) {
        found.push(wrong(at.with("namespace"), "a valid namespace", namespace, NAME));
    }
    for (name, route) in routes {
        let at = at.with("routes").with(&**name);
        if !is_subdomain(name) {
            found.push(wrong(at.clone(), "a valid name of a VirtualService", name, NAME));
        }
        self::route(route, &at, found);
    }
    if let Some(EdgeProxy { name, image, sds_image, istio_image }) = proxy {
        let at = at.with("proxy");
        if let Some(name) = name.as_deref().filter(|name| !is_label(name)) {
            found.push(wrong(at.with("name"), "a valid name of a Deployment", name, NAME));
        }
        let images = [("image", Some(image)), ("sdsImage", Some(sds_image)), ("istioImage", istio_image.as_ref())];
        for (field, image) in images.into_iter().filter_map(|(field, image)| Some((field, image?))) {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
            if image.is_empty() || !image.chars().all(is_plain) {
                let hint = "use an image with its tag, such as quay.io/solo-io/sds:1.5.0";
                found.push(wrong(at.with(field), "an image", image, hint));
            }
        }
    }
}

fn route(route: &EdgeRoute, at: &FieldPath, found: &mut Vec<Wrong>) {
    let EdgeRoute { domains: _, prefix, namespace, service, port: _, basic_auth } = route;
    for (field, text) in [("namespace", namespace), ("service", service)] {
        if !is_label(text) {
            found.push(wrong(at.with(field), "the name of what the route leads to", text, NAME));
        }
    }
    if let Some(prefix) = prefix.as_deref().filter(|prefix| !prefix.starts_with('/')) {
        found.push(wrong(at.with("prefix"), "the beginning of a path", prefix, "begin it with `/`"));
    }
    if let Some(BasicAuth { name, users }) = basic_auth {
        let at = at.with("basicAuth");
        if !is_subdomain(name) {
            found.push(wrong(at.with("name"), "a valid name of an AuthConfig", name, NAME));
        }
        for (user, password) in users {
            if apr1(password).is_none() {
                // What is written there may be what the user types, which no message repeats.
                let message = format!("user {user:?} of the edge gateway has no hash in the form $apr1$SALT$HASH");
                let hint = "use what `meshtree password` prints";
                found.push(Wrong { path: at.with("users"), message, hint });
            }
        }
    }
}

fn wrong(path: FieldPath, what: &str, text: &str, hint: &'static str) -> Wrong {
    Wrong { path, message: format!("{text:?} is not {what}"), hint }
}
