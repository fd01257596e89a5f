//! Fleets with an Open Service Mesh: what is rendered, what is said, and what the documentation says of it.

#[path = "smi/run.rs"]
mod run;

use run::expect;

/// The worked example of the documentation.
#[test]
fn a_bookshop() {
    expect("bookshop");
}

/// Everything that SMI cannot express.
#[test]
fn refused() {
    expect("refused");
}

/// An Istio and an Open Service Mesh in one cluster, each with its own objects.
#[test]
fn beside_an_istio() {
    expect("beside-istio");
}
