//! Federation: what makes the services of one mesh known to the others of its virtual mesh. How depends on the mesh that is
//! called: a file for each way in which its gateway lets requests in.

mod rewrite;

use crate::objects::version::Entry;
use crate::plan::{MeshId, Plan};

use super::Sink;

/// What a client mesh needs to know the services of the other meshes of its virtual mesh.
pub(super) fn known_from_others<'p>(plan: &'p Plan<'p>, client: MeshId, sink: &mut impl Sink<'p>) {
    let Some(parent) = plan[client].virtual_mesh else { return };
    let servers = plan[parent].meshes.iter().filter(|server| **server != client && plan.is_server(**server));
    for server in servers {
        match plan[*server].entry {
            Entry::Rewrite { typed: _ } => rewrite::known_from(plan, *server, client, sink),
        }
    }
}

/// What a server mesh needs to let the others in.
pub(super) fn let_in<'p>(plan: &'p Plan<'p>, server: MeshId, sink: &mut impl Sink<'p>) {
    if !plan.is_server(server) {
        return;
    }
    match plan[server].entry {
        Entry::Rewrite { typed } => rewrite::let_in(plan, server, typed, sink),
    }
}
