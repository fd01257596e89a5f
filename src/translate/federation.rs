//! Federation: the objects with which the meshes of a virtual mesh call each other's services. What a client writes depends on
//! its own version and on how the gateway of the called mesh accepts requests; what a server writes, on its own version.

mod client;
mod ports;
mod rewrite;
mod sni;
mod tls;

use crate::plan::{MeshId, Plan};
use crate::version::Entry;

use super::Sink;

/// The objects with which a client mesh calls the services of the other meshes of its virtual mesh.
pub(super) fn known_from_others<'p>(plan: &'p Plan<'p>, client: MeshId, sink: &mut impl Sink<'p>) {
    let Some(parent) = plan[client].virtual_mesh else { return };
    let servers = plan[parent].meshes.iter().filter(|server| **server != client && plan.is_server(**server));
    servers.for_each(|server| client::known_from(plan, *server, client, sink));
}

/// The objects with which a server mesh accepts requests from the other meshes.
pub(super) fn let_in<'p>(plan: &'p Plan<'p>, server: MeshId, sink: &mut impl Sink<'p>) {
    if !plan.is_server(server) {
        return;
    }
    match plan[server].entry {
        Entry::Rewrite { typed } => rewrite::let_in(plan, server, typed, sink),
        Entry::Sni(accepted) => sni::let_in(plan, server, accepted, sink),
    }
}
