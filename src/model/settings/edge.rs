//! The settings of an edge gateway: Gloo, which calls services of the mesh with a certificate of the mesh.

use std::collections::BTreeMap;

use super::Settings;
use crate::ids::Text;
use crate::message;
use crate::model::port_number::PortNumber;

message! {
    /// An edge gateway: Gloo, which calls services of the mesh with a certificate of the mesh.
    EdgeGateway {
        /// The namespace of Gloo; `gloo-system`.
        namespace: Option<Text> = "namespace",
        /// What it leads requests to: VirtualServices of Gloo by name.
        routes: BTreeMap<Text, EdgeRoute> = "routes",
        /// The proxy's own objects, with containers that get the certificate; none where Gloo's installation has them.
        proxy: Option<EdgeProxy> = "proxy",
    }
}

message! {
    /// A service to which requests are led.
    EdgeRoute {
        /// The hosts that are asked for; all.
        domains: Vec<Text> = "domains",
        /// How the paths begin; `/`.
        prefix: Option<Text> = "prefix",
        /// The namespace of the service.
        namespace: Text = "namespace",
        /// The name of the service.
        service: Text = "service",
        /// The port of the service.
        port: Option<PortNumber> = "port",
        /// Who may ask, by name and password; everybody.
        basic_auth: Option<BasicAuth> = "basicAuth",
    }
}

message! {
    /// Who may ask, by name and password.
    BasicAuth {
        /// The name of the AuthConfig.
        name: Text = "name",
        /// The passwords by user, as `meshtree password` prints them: `$apr1$SALT$HASH`.
        users: BTreeMap<Text, Text> = "users",
    }
}

message! {
    /// The proxy's own objects.
    EdgeProxy {
        /// The name of its Deployment and its service account; `gateway-proxy`.
        name: Option<Text> = "name",
        /// The image of Gloo's Envoy.
        image: Text = "image",
        /// The image that hands certificates to Envoy.
        sds_image: Text = "sdsImage",
        /// The image that gets certificates from istiod; `docker.io/istio/proxyv2` of the version of the mesh.
        istio_image: Option<Text> = "istioImage",
    }
}

impl EdgeGateway {
    /// The namespace of Gloo.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("gloo-system")
    }

    /// The name of the proxy, and of its service account.
    pub fn proxy_name(&self) -> &str {
        self.proxy.as_ref().and_then(|proxy| proxy.name.as_deref()).unwrap_or("gateway-proxy")
    }
}

impl Settings {
    /// Whether the edge gateway of a cluster has this service account, so that one runs as it though no inventory has it.
    pub fn has_edge_account(&self, cluster: &str, namespace: &str, account: &str) -> bool {
        let edge = self.objects_of(&cluster.into()).edge_gateway;
        edge.is_some_and(|edge| edge.namespace() == namespace && edge.proxy_name() == account)
    }
}

/// The salt and the hash of a password in the form `$apr1$SALT$HASH`.
pub fn apr1(password: &str) -> Option<(&str, &str)> {
    let (salt, hash) = password.strip_prefix("$apr1$")?.split_once('$')?;
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(&byte));
    let is_right = (1..=8).contains(&salt.len()) && hash.len() == 22 && is_plain(salt) && is_plain(hash);
    is_right.then_some((salt, hash))
}

#[cfg(test)]
mod tests {
    use super::apr1;

    #[test]
    fn passwords_have_a_salt_and_a_hash() {
        assert_eq!(apr1("$apr1$TYiryv0/$8BvzLUO9IfGPGGsPnAgSu1"), Some(("TYiryv0/", "8BvzLUO9IfGPGGsPnAgSu1")));
        for wrong in
            ["password", "$apr1$TYiryv0/$short", "$apr1$$8BvzLUO9IfGPGGsPnAgSu1", "$2y$05$8BvzLUO9IfGPGGsPnAgSu1"]
        {
            assert_eq!(apr1(wrong), None, "{wrong}");
        }
    }
}
