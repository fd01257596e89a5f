//! The script of the Job that restarts pods, run by `sh` with a kubectl that keeps the cluster in files.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tempfile::TempDir;

const SCRIPT: &str = include_str!("../templates/restart/restart.sh");

/// Answers from files of the directory `objects`: `<namespace>.<kind>.<name>` has what a path of kubectl would print of it. What changes
/// something is written to `log`, and ends as `fails` says.
const KUBECTL: &str = r#"#!/bin/sh
cd "$CLUSTER" || exit 9
test "$1" = -n || { echo "no namespace: $*" >>log; exit 9; }
namespace=$2
shift 2
verb=$1
case $verb in
get)
  object=objects/$namespace.$2.$3
  test -e "$object" || exit 0
  case $* in
  *'-o name'*) echo "$2/$3" ;;
  *) cat "$object" ;;
  esac
  ;;
patch)
  echo "patch $namespace $2 $3" >>log
  echo "$*" >>patches
  ;;
rollout)
  echo "wait $namespace $3" >>log
  if test -e after; then cp after roots; cp roots "objects/istio-system.configmap.istio-ca-root-cert"; cp roots "objects/shop.configmap.istio-ca-root-cert"; fi
  test ! -e "fails.$(echo "$3" | tr / .)" || exit 1
  ;;
*) echo "unexpected: $*" >>log; exit 9 ;;
esac
"#;

const TARGETS: &str = "istiod deployment istio-system istiod\n\
                       gateway deployment istio-system istio-ingressgateway\n\
                       workload deployment shop web-v1\n\
                       workload statefulset shop gone\n\
                       workload statefulset shop store\n";

/// A cluster of files.
struct Cluster(TempDir);

impl Cluster {
    fn new(targets: &str) -> Self {
        let cluster = Self(tempfile::tempdir().expect("a directory"));
        for directory in ["bin", "objects", "cacerts", "restart"] {
            fs::create_dir(cluster.path(directory)).expect("a directory");
        }
        for (name, text) in [("kubectl", KUBECTL), ("sleep", "#!/bin/sh\necho \"sleep $1\" >>\"$CLUSTER/slept\"\n")] {
            cluster.write(&format!("bin/{name}"), text);
            fs::set_permissions(cluster.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)).expect("set");
        }
        cluster.write("restart/targets", targets);
        cluster.write("cacerts/ca-cert.pem", "intermediate\n");
        cluster.write("cacerts/root-cert.pem", "root\n");
        for object in
            ["istio-system.deployment.istiod", "istio-system.deployment.istio-ingressgateway", "shop.deployment.web-v1"]
        {
            cluster.write(&format!("objects/{object}"), "");
        }
        cluster.write("objects/shop.statefulset.store", "RollingUpdate");
        for namespace in ["istio-system", "shop"] {
            cluster.write(&format!("objects/{namespace}.configmap.istio-ca-root-cert"), "root\n");
        }
        cluster
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("written");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_default()
    }

    /// Runs the script for the certificates that are there, in `sh` as it is here: dash, or another POSIX shell.
    fn run(&self) -> (bool, String) {
        self.run_for("$(cat cacerts/ca-cert.pem cacerts/root-cert.pem | sha256sum | cut -d ' ' -f 1)")
    }

    fn run_for(&self, certificates: &str) -> (bool, String) {
        let directory = self.0.path().display().to_string();
        let script = SCRIPT.replace(" /cacerts/", &format!(" {directory}/cacerts/"));
        let script = script.replace("3</restart/", &format!("3<{directory}/restart/"));
        assert!(!script.contains(" /cacerts") && script.matches(&directory).count() >= 4, "{script}");
        self.write("restart/restart.sh", &script);
        let path = format!("{directory}/bin:{}", std::env::var("PATH").unwrap_or_default());
        let run = format!("cd {directory} && CERTIFICATES=\"{certificates}\" exec sh restart/restart.sh");
        let done =
            Command::new("sh").args(["-c", &run]).env("PATH", path).env("CLUSTER", &directory).output().expect("run");
        let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
        (done.status.success(), said)
    }
}

#[test]
fn everything_is_restarted_in_order() {
    let cluster = Cluster::new(TARGETS);
    let (ok, said) = cluster.run();
    assert!(ok && said.ends_with("all restarted\n"), "{said}");
    assert_eq!(
        cluster.read("log"),
        "patch istio-system deployment istiod\nwait istio-system deployment/istiod\n\
         patch istio-system deployment istio-ingressgateway\nwait istio-system deployment/istio-ingressgateway\n\
         patch shop deployment web-v1\nwait shop deployment/web-v1\n\
         patch shop statefulset store\nwait shop statefulset/store\n"
    );
    assert!(said.contains("statefulset shop/gone: not found\n"), "{said}");
    // The same certificates give the same patch, which starts no pod a second time.
    let first = cluster.read("patches");
    assert!(
        first.contains("{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"meshtree.io/restarted-for\":\""),
        "{first}"
    );
    assert!(cluster.run().0);
    assert_eq!(cluster.read("patches"), first.repeat(2));
}

#[test]
fn an_istiod_that_has_the_roots_reads_its_certificate_while_it_runs() {
    let reloads = TARGETS.replace("istiod deployment", "istiod-reloads deployment");
    let cluster = Cluster::new(&reloads);
    let (ok, said) = cluster.run();
    assert!(ok && said.contains("reads its new certificate while it runs"), "{said}");
    assert!(
        cluster.read("log").starts_with("patch istio-system deployment istio-ingressgateway\n"),
        "{}",
        cluster.read("log")
    );
    assert_eq!(cluster.read("slept"), "sleep 120\n");

    let other = Cluster::new(&reloads);
    other.write("objects/istio-system.configmap.istio-ca-root-cert", "root\nformer root\n");
    other.write("after", "root\n");
    let (ok, said) = other.run();
    assert!(ok, "{said}");
    assert!(other.read("log").starts_with("patch istio-system deployment istiod\n"), "{}", other.read("log"));
}

#[test]
fn nothing_is_restarted_before_it_can_work() {
    let cluster = Cluster::new(TARGETS);
    let (ok, said) = cluster.run_for("another");
    assert!(!ok && said.contains("cacerts does not have the certificates that this Job is for"), "{said}");
    assert_eq!(cluster.read("log"), "");
    assert_eq!(cluster.read("slept").lines().count(), 360);

    // istiod has not written the roots, so new pods could not reach it.
    cluster.write("objects/shop.configmap.istio-ca-root-cert", "former root\n");
    let (ok, said) = cluster.run();
    assert!(!ok && said.contains("istio-ca-root-cert in shop does not have the roots"), "{said}");
    assert!(!cluster.read("log").contains("shop"), "{}", cluster.read("log"));

    let without = Cluster::new(TARGETS);
    fs::remove_file(without.path("objects/istio-system.deployment.istiod")).expect("removed");
    let (ok, said) = without.run();
    assert!(!ok && said.contains("deployment istio-system/istiod: not found; nothing has been restarted"), "{said}");

    // Where no such ConfigMap is written at all, there is nothing to compare.
    for namespace in ["istio-system", "shop"] {
        fs::remove_file(cluster.path(&format!("objects/{namespace}.configmap.istio-ca-root-cert"))).expect("removed");
    }
    assert!(cluster.run().0);
}

#[test]
fn what_is_not_ready_stops_the_rest() {
    let cluster = Cluster::new(TARGETS);
    cluster.write("fails.deployment.istio-ingressgateway", "");
    let (ok, said) = cluster.run();
    assert!(!ok && said.contains("deployment istio-system/istio-ingressgateway: not ready after 10 minutes"), "{said}");
    assert!(!cluster.read("log").contains("shop"), "{}", cluster.read("log"));
    cluster.write("bin/kubectl", "#!/bin/sh\necho 'Error from server (Forbidden)' >&2\nexit 1\n");
    let (ok, said) = cluster.run();
    assert!(!ok && said.contains("Forbidden") && !said.contains("all restarted"), "{said}");
}

#[test]
fn pods_that_wait_for_somebody_are_not_waited_for() {
    let cluster = Cluster::new(TARGETS);
    cluster.write("objects/shop.deployment.web-v1", "true");
    cluster.write("objects/shop.statefulset.store", "OnDelete");
    let (ok, said) = cluster.run();
    assert!(ok, "{said}");
    assert!(said.contains("web-v1: paused") && said.contains("store: its pods stay until they are deleted"), "{said}");
    assert!(!cluster.read("log").contains("wait shop"), "{}", cluster.read("log"));
}

#[test]
fn the_script_is_no_template() {
    // Flux replaces these where a Kustomization has substitutions.
    assert!(!SCRIPT.contains("${") && !SCRIPT.contains("{{"), "{SCRIPT}");
}
