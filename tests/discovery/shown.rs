//! Inventories as people see them.

use meshtree::diag::Report;
use meshtree::discover::differences;
use meshtree::fleet::import::{dump, import};
use meshtree::render::inventory::compact;
use meshtree::report::inventory::tables;

use crate::fleet::{COMPACT, DUMP, read};

#[test]
fn a_dump_is_imported_as_the_compact_form() {
    let mut report = Report::default();
    let sources = dump(&"east".into(), vec![("dumps/all.yaml".into(), DUMP.to_owned())]);
    assert_eq!(import(&sources, &mut report).as_deref(), Some(COMPACT));
    assert!(report.diags().is_empty(), "{:?}", report.diags());
}

#[test]
fn the_compact_form_of_an_inventory_reads_as_the_same() {
    let raw = read(&[("clusters/east/dump.yaml", DUMP), ("clusters/west/dump.yaml", DUMP)]).clean();
    let mut report = Report::default();
    let text = compact(&raw.inventory, None, &mut report).expect("all clusters");
    let again = read(&[("inventory.yaml", &text)]).clean();
    assert_eq!(differences(&raw.inventory, &again.inventory), []);
    assert_eq!(compact(&raw.inventory, Some(&"north".into()), &mut report), None);
    assert_eq!(compact(&raw.inventory, Some(&"east".into()), &mut report).as_deref(), Some(COMPACT));
}

#[test]
fn an_inventory_is_shown_in_tables() {
    let found = read(&[("clusters/east/dump.yaml", DUMP)]).clean();
    let wanted = "\
CLUSTER  DOMAIN         MESH                                       VERSION  TRUST DOMAIN  GATEWAYS             SERVICES  WORKLOADS
east     cluster.local  service-mesh-hub/istiod-istio-system-east  1.7.3    east.example  198.51.100.10:15443  2         2

CLUSTER  NAMESPACE  SERVICE  PORTS               WORKLOADS
east     gateways   edge     http2:80,tls:15443  edge
east     shop       web      http:8080           web-v1

CLUSTER  NAMESPACE  IN NO MESH  WHY
east     shop       db          StatefulSet db, which it selects, is outside the mesh: its pods have no sidecar
";
    assert_eq!(tables(&found.inventory, None), wanted);
}

#[test]
fn differences_are_facts() {
    let old = read(&[("clusters/east/dump.yaml", DUMP)]).clean();
    let changed = COMPACT.replace("1.7.3", "1.7.4").replace("web-v1", "web-v2").replace("port: 8080", "port: 8081");
    let new = read(&[("clusters/east.yaml", &changed)]).clean();
    let lines: Vec<_> = differences(&old.inventory, &new.inventory).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "~ mesh service-mesh-hub/istiod-istio-system-east version: 1.7.3 -> 1.7.4",
            "~ service east/shop/web ports: http 8080/TCP -> http 8081/TCP",
            "- workload service-mesh-hub/web-v1-shop-east-deployment",
            "+ workload service-mesh-hub/web-v2-shop-east-deployment",
        ]
    );
}
