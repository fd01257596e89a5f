//! Bad inputs: each is reported with its code, its place and what would be right, with exit code 3 and nothing written.
//! Tables rather than golden cases: each input is one line, or is damaged on purpose, and one message is all that matters.

#[path = "bad_input/files.rs"]
mod files;
mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use support::{Tree, fleet, run, texts, tree, write_tree};

const EAST: &str = "\
apiVersion: meshtree.io/v1alpha1
kind: Cluster
metadata: {name: east}
spec:
  istio: {version: 1.7.0}
  namespaces:
    shop:
      services:
        web: {selector: {app: web}, ports: [{name: http, port: 8080}]}
      workloads:
        web: {labels: {app: web}}
";

/// A TrafficPolicy whose specification begins in line 4.
fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n{spec}"
    )
}

/// A fleet of one good cluster and these files.
fn with(files: &[(&str, &str)]) -> Tree {
    let mut all = texts(&[("clusters/east.yaml", EAST)]);
    all.extend(texts(files));
    all
}

/// Panics unless every command refuses the fleet with these diagnostics and no others, in order, and nothing is written. Each
/// line is given by its beginning, which has place and code, and by what else is in it.
#[track_caller]
fn refused_at(dir: &Path, exit: i32, expected: &[(&str, &str)]) {
    let before = tree(dir);
    for command in ["check", "render", "diff", "status"] {
        let found = run(dir, &[command, "--format", "short"]);
        let lines: Vec<&str> = found.stderr.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{command}: {}", found.stderr);
        for (line, (beginning, rest)) in lines.iter().zip(expected) {
            assert!(line.starts_with(beginning) && line.contains(rest), "{command}: {beginning} … {rest}\n{line}");
        }
        assert_eq!((found.code, &*found.stdout), (exit, ""), "{command}");
    }
    assert!(tree(dir) == before, "something was written");
    assert!(!dir.join("rendered").exists() && !dir.join("ca").exists(), "a directory was made");
}

#[track_caller]
fn refused(files: &Tree, expected: &[(&str, &str)]) {
    refused_at(fleet(files).path(), 3, expected);
}

#[test]
fn syntax() {
    let file = |text: &str| with(&[("policies/a.yaml", text)]);
    refused(&file("kind: [a, b\n"), &[("policies/a.yaml:1:7: error[MT0104]: ", "")]);
    refused(&file("a: 'b\nc: d\n"), &[("policies/a.yaml:1:4: error[MT0104]: ", "")]);
    let second = "apiVersion: v1\nkind: ConfigMap\n---\nb:\n  c: d\n e: f\n";
    refused(&file(second), &[("policies/a.yaml:6:2: error[MT0104]: ", "")]);
    refused(&file("a:\n\tb: c\n"), &[("policies/a.yaml:2:2: error[MT0104]: ", "tab")]);
    refused(&with(&[("a.json", "{\"kind\": \"x\",}\n")]), &[("a.json:1:14: error[MT0104]: ", "")]);
}

#[test]
fn a_key_twice() {
    let spec = "  requestTimeout: 1s\n  retries: {attempts: 1}\n  requestTimeout: 2s\n";
    let expected = ("policies/a.yaml:7:3: error[MT0105]: ", "requestTimeout");
    refused(&with(&[("policies/a.yaml", &policy("a", spec))]), &[expected]);
    let flow = policy("a", "  retries: {attempts: 1, attempts: 2}\n");
    refused(&with(&[("policies/a.yaml", &flow)]), &[("policies/a.yaml:5:26: error[MT0105]: ", "attempts")]);
}

#[test]
fn fields_and_values() {
    for (spec, beginning, rest) in [
        ("  requestTimout: 1s\n", "a.yaml:5:3: error[MT0201]: ", "did you mean \"requestTimeout\"?"),
        ("  retries:\n    attempt: 1\n", "a.yaml:6:5: error[MT0201]: ", "did you mean \"attempts\"?"),
        ("  retries: 3\n", "a.yaml:5:12: error[MT0202]: ", ""),
        ("  retries: {attempts: many}\n", "a.yaml:5:23: error[MT0202]: ", ""),
        ("  trafficShift: {destinations: {}}\n", "a.yaml:5:32: error[MT0202]: ", "list"),
        ("  requestTimeout: 5\n", "a.yaml:5:19: error[MT0203]: ", "duration"),
        ("  requestTimeout: 5 minutes\n", "a.yaml:5:19: error[MT0203]: ", "duration"),
        ("  httpRequestMatchers:\n  - method: {method: get}\n", "a.yaml:6:22: error[MT0203]: ", "did you mean GET?"),
        ("  corsPolicy: {allowCredentials: 1}\n", "a.yaml:5:34: error[MT0202]: ", ""),
    ] {
        refused(&with(&[("a.yaml", &policy("a", spec))]), &[(beginning, rest)]);
    }
}

#[test]
fn ports_and_gateways() {
    let changed = |from: &str, to: &str| {
        assert!(EAST.contains(from), "{from}");
        texts(&[("clusters/east.yaml", &EAST.replacen(from, to, 1))])
    };
    for (to, message) in [
        ("port: 0", "error[MT0203]: spec.namespaces.shop.services.web.ports[0].port: 0 is out of range (1–65535)"),
        ("port: 65536", "error[MT0203]: spec.namespaces.shop.services.web.ports[0].port: 65536 is out of range"),
        ("protocol: TCP", "error[MT0204]: the port has no number: `port` is missing"),
    ] {
        refused(&changed("port: 8080", to), &[("clusters/east.yaml:9:", message)]);
    }
    for (gateway, message) in [
        ("{port: 15443}", "error[MT0204]: the gateway has no address"),
        ("{address: a.example, port: 70000}", "error[MT0203]: spec.istio.gateways[0].port: 70000 is out of range"),
        (
            "{address: a.example, containerPort: 0}",
            "error[MT0203]: spec.istio.gateways[0].containerPort: 0 is out of range (1–65535)",
        ),
        ("{address: a.example:15443}", "error[MT0203]: \"a.example:15443\" is neither an IP address"),
    ] {
        let istio = format!("version: 1.7.0, gateways: [{gateway}]");
        refused(&changed("version: 1.7.0", &istio), &[("clusters/east.yaml:5:", message)]);
    }
}

/// A cluster that is there but has no Istio is no misspelling of itself.
#[test]
fn a_cluster_without_istio_is_not_its_own_hint() {
    let policy = "apiVersion: networking.smh.solo.io/v1alpha2\nkind: AccessPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  \
        sourceSelector: [{kubeServiceAccountRefs: {serviceAccounts: [{name: web, namespace: shop, clusterName: bare}]}}]\n";
    let bare = "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: bare}\nspec: {}\n";
    let dir = fleet(&with(&[("p.yaml", policy), ("clusters/bare.yaml", bare)]));
    let found = run(dir.path(), &["check", "--format", "short"]).exits(3);
    assert!(found.stderr.contains("no Istio mesh is known in cluster bare\n"), "{}", found.stderr);
}

#[test]
fn objects() {
    let kind = policy("a", "  {}\n").replace("kind: TrafficPolicy", "kind: TraficPolicy");
    refused(&with(&[("a.yaml", &kind)]), &[("a.yaml:2:1: error[MT0205]: ", "did you mean TrafficPolicy?")]);
    let nameless = policy("a", "  {}\n").replace("name: a, ", "");
    refused(&with(&[("a.yaml", &nameless)]), &[("a.yaml:3:1: error[MT0204]: ", "metadata.name")]);
    let twice = policy("a", "  requestTimeout: 1s\n");
    let files = with(&[("a.yaml", &twice), ("b.yaml", &twice)]);
    refused(&files, &[("b.yaml:3:12: error[MT0301]: ", "shop/a")]);
    let files = with(&[("clusters/other.yaml", EAST)]);
    refused(&files, &[("clusters/other.yaml:3:", "other")]);
    let files = with(&[("more.yaml", EAST)]);
    refused(&files, &[("more.yaml:3:12: error[MT0302]: ", "east")]);
}

#[test]
fn references() {
    let spec = "  destinationSelector:\n  - kubeServiceRefs:\n      services:\n      - {name: wbe, namespace: shop, clusterName: east}\n";
    let expected = ("a.yaml:8:9: error[MT0401]: ", "did you mean service web in namespace shop of cluster east?");
    let files = with(&[("a.yaml", &policy("a", spec))]);
    let dir = fleet(&files);
    let before = tree(dir.path());
    for command in ["check", "render"] {
        let found = run(dir.path(), &[command, "--format", "short"]).exits(3);
        assert!(found.stderr.starts_with(expected.0) && found.stderr.contains(expected.1), "{}", found.stderr);
    }
    assert!(tree(dir.path()) == before);
}

#[test]
fn an_invalid_policy() {
    let dir = fleet(&with(&[("a.yaml", &policy("a", "  retries: {attempts: -1}\n"))]));
    // A number that its type cannot hold is one that is out of range.
    let large = fleet(&with(&[("a.yaml", &policy("a", "  retries: {attempts: 99999999999}\n"))]));
    run(large.path(), &["check", "--format", "short"]).exits(3).says("a.yaml:5:13: error[MT0501]: ").says("2147483647");
    let before = tree(dir.path());
    for command in ["check", "render", "diff"] {
        let found = run(dir.path(), &[command, "--format", "short"]).exits(3);
        assert!(found.stderr.starts_with("a.yaml:5:13: error[MT0501]: TrafficPolicy shop/a is INVALID"), "{found:?}");
    }
    assert!(tree(dir.path()) == before);
    // To show the state of what is INVALID is what `status` is for.
    assert!(run(dir.path(), &["status"]).exits(0).stdout.contains("INVALID"));
    run(dir.path(), &["render", "--allow-invalid", "--format", "short"])
        .exits(0)
        .says("a.yaml:5:13: warning[MT0501]: ");
}

#[test]
fn no_text() {
    let mut files = with(&[]);
    files.insert("a.yaml".to_owned(), b"kind: x\nname: \xc3\xa9\xff\n".to_vec());
    files.insert("b.yaml".to_owned(), b"kind: \0\n".to_vec());
    files.insert("c.yaml".to_owned(), "kind: x\n".encode_utf16().flat_map(u16::to_le_bytes).collect());
    let expected =
        [("a.yaml:2:8: error[MT0102]: ", ""), ("b.yaml:1:7: error[MT0102]: ", ""), ("c.yaml:1:2: error[MT0102]: ", "")];
    refused(&files, &expected);
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let text = format!("\u{feff}{}", policy("a", "  requestTimout: 1s\n"));
    refused(&with(&[("a.yaml", &text)]), &[("a.yaml:5:3: error[MT0201]: ", "requestTimout")]);
}

#[test]
fn aliases_that_multiply() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let alias = format!("*a{}", i - 1);
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![alias; 10].join(", ")));
    }
    let found = run(fleet(&with(&[("bomb.yaml", &bomb)])).path(), &["check", "--format", "short"]).exits(3);
    assert!(found.stderr.starts_with("bomb.yaml:") && found.stderr.contains("error[MT0106]: "), "{}", found.stderr);
    assert_eq!(found.stderr.lines().count(), 1);
    let own = "a: &a\n- *a\n";
    refused(&with(&[("own.yaml", own)]), &[("own.yaml:2:3: error[MT0106]: ", "")]);
}

#[test]
fn depth() {
    let deep = format!("a: {}{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let json = format!("{}{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let expected = [("deep.json:1:", "error[MT0104]"), ("deep.yaml:1:", "error[MT0104]")];
    refused(&with(&[("deep.json", &json), ("deep.yaml", &deep)]), &expected);
}

/// Files that hold nothing but zeros, as a crash leaves them. They take no room on the disk.
#[test]
fn zeros() {
    let dir = fleet(&with(&[]));
    let zeros = |name: &str, length: u64| {
        fs::File::create(dir.path().join(name)).and_then(|file| file.set_len(length)).expect("a sparse file");
    };
    zeros("a.yaml", 100 << 20);
    zeros("b.yaml", (256 << 20) + 1);
    for command in ["check", "render"] {
        let found = run(dir.path(), &[command, "--format", "short"]).exits(3);
        let lines: Vec<&str> = found.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("a.yaml:1:1: error[MT0102]: "), "{lines:?}");
        assert!(lines[1].starts_with("b.yaml: error[MT0103]: "), "{lines:?}");
    }
    assert!(!dir.path().join("rendered").exists());
}

#[cfg(unix)]
/// Garbage of which every line would be a mistake is told by its first ones; the rest of the fleet is told as ever.
#[test]
fn mistakes_without_end() {
    let documents = "---\nkind: b\n".repeat(20_000);
    let items = format!("kind: List\napiVersion: v1\nitems:\n{}", "- kind: b\n".repeat(20_000));
    let tree = format!("kind: List\napiVersion: v1\nitems: [{}]\n", "{kind: b}, ".repeat(20_000));
    for text in [documents, items, tree] {
        let dir = fleet(&with(&[("clusters/west/a.yaml", &*text), ("p.yaml", "kind: Pod\n")]));
        let found = run(dir.path(), &["check", "--format", "short"]);
        let of = |file: &str| found.stderr.lines().filter(|line| line.starts_with(file)).count();
        assert_eq!((found.code, of("clusters/west/a.yaml"), of("p.yaml")), (3, 1001, 1), "{}", found.stderr.len());
        assert!(found.stderr.contains("clusters/west/a.yaml: error[MT0103]: too many errors in this file"));
    }
}

#[test]
fn settings() {
    let settings = |spec: &str| {
        let text =
            format!("apiVersion: meshtree.io/v1alpha1\nkind: Settings\nmetadata: {{name: settings}}\nspec:\n{spec}");
        fleet(&with(&[("meshtree.yaml", &text)]))
    };
    for (spec, beginning, rest) in [
        ("  hubNamspace: x\n", "meshtree.yaml:5:3: error[MT0901]: ", "did you mean \"hubNamespace\"?"),
        ("  ca: {delivery: flux}\n", "meshtree.yaml:5:18: error[MT0901]: ", "sops"),
        ("  output: rendered\n", "meshtree.yaml:5:11: error[MT0901]: ", ""),
        ("  requiredVersion: '>=99'\n", "meshtree.yaml:5:3: error[MT0902]: ", "99"),
        (
            "  clusters: {east: {gateways: [{address: a.example, port: 70000}]}}\n",
            "meshtree.yaml:5:53: error[MT0901]: ",
            "70000 is out of range",
        ),
        ("  requiredVersion: soon\n", "meshtree.yaml:5:3: error[MT0901]: ", "soon"),
        ("  hubNamespace: Hub\n", "meshtree.yaml:5:3: error[MT0901]: ", "not a valid namespace name"),
        ("  output: {labels: {'a b': c}}\n", "meshtree.yaml:5:21: error[MT0901]: ", "not a valid label key"),
        ("  output: {labels: {a: b c}}\n", "meshtree.yaml:5:21: error[MT0901]: ", "not a valid label value"),
        ("  output: {directory: clusters}\n", "meshtree.yaml:5:12: error[MT0901]: ", "the inventory of the clusters"),
        ("  output: {directory: ./ca/x}\n", "meshtree.yaml:5:12: error[MT0901]: ", "the CA store"),
        ("  ca: {secretType: kubernetes.io/tls}\n", "meshtree.yaml:5:8: error[MT0901]: ", "Opaque"),
        (
            "  clusters: {east: {gateways: [{address: 'https://a.example'}]}}\n",
            "meshtree.yaml:5:33: error[MT0901]: ",
            "neither an IP address nor a host name",
        ),
        (
            "  clusters: {east: {gateways: [{address: a.example, labels: {a: '-'}}]}}\n",
            "meshtree.yaml:5:62: error[MT0901]: ",
            "not a valid label value",
        ),
        ("  clusters:\n    eats: {}\n", "meshtree.yaml:6:5: error[MT0901]: ", "did you mean \"east\"?"),
        ("  clusters: {east: {revision: r}}\n", "meshtree.yaml:5:21: error[MT0901]: ", "use one of default"),
    ] {
        refused_at(settings(spec).path(), 2, &[(beginning, rest)]);
    }
    // What is no YAML is wrong with the settings too.
    refused_at(settings("  hubNamespace: [\n").path(), 2, &[("meshtree.yaml:5:17: error[MT0901]: ", "")]);
}

#[test]
fn a_mistake_in_a_clusters_file_is_told_once() {
    let mut files = with(&[(
        "p.yaml",
        &policy(
            "p",
            "  mirror: {kubeService: {name: x, namespace: shop, clusterName: lost}}\n  retries: {attempts: -1}\n",
        ),
    )]);
    files.insert(
        "clusters/lost.yaml".to_owned(),
        b"apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nspec: [\n".to_vec(),
    );
    let dir = fleet(&files);
    let found = run(dir.path(), &["check", "--format", "short"]).exits(3);
    // The service may be in the file that could not be read: that it is missing is not said, what is wrong anyway is.
    assert!(found.stderr.contains("clusters/lost.yaml:3:7: error[MT0104]: "), "{}", found.stderr);
    assert!(found.stderr.contains("note[MT0401]: references were not checked"), "{}", found.stderr);
    assert!(found.stderr.contains("error[MT0501]: "), "{}", found.stderr);
    assert!(!found.stderr.contains("error[MT0401]"), "{}", found.stderr);
}

/// Settings before inputs: a usage error has the say on the exit code, and all is reported in one run.
#[test]
fn everything_at_once() {
    let mut files = with(&[
        ("meshtree.yaml", "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {hub: x}\n"),
        ("a-syntax.yaml", "kind: [\n"),
        ("b-twice.yaml", "a: 1\na: 2\n"),
        ("c-field.yaml", &policy("c", "  requestTimout: 1s\n  retires: {}\n")),
        ("d-kind.yaml", &policy("d", "  {}\n").replace("kind: TrafficPolicy", "kind: Policy")),
        ("e-same.yaml", &policy("e", "  {}\n")),
        ("f-same.yaml", &policy("e", "  {}\n")),
        ("g-reference.yaml", &policy("g", "  mirror: {kubeService: {name: x, namespace: shop, clusterName: z}}\n")),
        ("h-invalid.yaml", &policy("h", "  retries: {attempts: -1}\n")),
    ]);
    files.insert("i-bytes.yaml".to_owned(), vec![0xff]);
    let dir = fleet(&files);
    let found = run(dir.path(), &["render", "--format", "short"]).exits(2);
    for beginning in [
        "a-syntax.yaml:1:7: error[MT0104]: ",
        "b-twice.yaml:2:1: error[MT0105]: ",
        "c-field.yaml:5:3: error[MT0201]: ",
        "c-field.yaml:6:3: error[MT0201]: ",
        "d-kind.yaml:2:1: error[MT0205]: ",
        "f-same.yaml:3:12: error[MT0301]: ",
        "g-reference.yaml:5:12: error[MT0401]: ",
        "h-invalid.yaml:5:13: error[MT0501]: ",
        "i-bytes.yaml:1:1: error[MT0102]: ",
        "meshtree.yaml:3:8: error[MT0901]: ",
    ] {
        let count = found.stderr.lines().filter(|line| line.starts_with(beginning)).count();
        assert_eq!(count, 1, "{beginning}\n{}", found.stderr);
    }
    let errors = found.stderr.lines().filter(|line| line.contains(": error[")).count();
    assert_eq!(errors, 10, "{}", found.stderr);
    let lines = found.stderr.lines().filter(|line| line.contains(": error["));
    let order: Vec<&str> = lines.map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert!(order.is_sorted(), "the diagnostics are in the order of the files");
    assert!(tree(dir.path()) == files);
}

/// An output among the inputs is refused by name, and its files are read as the inputs that they are.
#[test]
fn an_output_among_the_inputs() {
    let raw = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let files = with(&[("clusters/west/raw.yaml", raw), ("policies/a.yaml", &policy("a", "  requestTimout: 1s\n"))]);
    let dir = fleet(&files);
    for out in ["clusters", "clusters/west", "clusters/new", "policies"] {
        let found = run(dir.path(), &["render", "--out", out, "--format", "short"]).exits(3);
        assert!(found.stderr.starts_with("policies/a.yaml:5:3: error[MT0201]"), "{out}: {}", found.stderr);
    }
    std::fs::remove_dir_all(dir.path().join("policies")).expect("deleted");
    for out in ["clusters", "clusters/west", "clusters/new"] {
        let found = run(dir.path(), &["render", "--out", out, "--format", "short"]).exits(4);
        assert!(
            found.stderr.contains(&format!("error[MT0801]: the output directory is or contains the input {out} ")),
            "{found:?}"
        );
    }
}

/// A cluster's name is the name of a file: `inventory import` does not cut it short at a slash.
#[test]
fn import_wants_a_name_of_a_cluster() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n";
    let dir = fleet(&texts(&[("dump.yaml", service)]));
    for name in ["", "a/b", "../x", ".hidden", "Kind_2"] {
        let found = run(dir.path(), &["inventory", "import", "dump.yaml", "--cluster", name]).exits(2);
        assert!(
            found.stdout.is_empty()
                && found.stderr.contains(&format!("error[MT0903]: --cluster {name:?} is not a valid cluster name")),
            "{}",
            found.stderr
        );
    }
}

/// A name of any length is an error, and no table breaks on it.
#[test]
fn names_of_any_length() {
    let long = "a".repeat(70_000);
    let long_policy = policy(&long, "  requestTimeout: 1s\n");
    let fleet = fleet(&with(&[
        ("policies.yaml", &long_policy),
        ("clusters/west.yaml", &EAST.replace("east", "west").replace("web", &long)),
    ]));
    for command in [&["status"][..], &["inventory", "show"]] {
        let found = run(fleet.path(), command);
        assert_eq!(found.code, 3, "{command:?}: {}", found.stderr.get(..500).unwrap_or_default());
        assert!(found.stderr.contains("error[MT0203]"), "{command:?}");
    }
}

/// What may only follow from something unread is not reported, and `--verbose` says what that is.
#[test]
fn findings_in_doubt_are_set_aside() {
    let shift = "  trafficShift: {destinations: [{kubeService: {name: gone, namespace: shop, clusterName: east}}]}\n";
    let files = with(&[("clusters/west.yaml", "kind: [\n"), ("policies.yaml", &policy("a", shift))]);
    let dir = fleet(&files);
    let plain = run(dir.path(), &["check"]).exits(3).says("references were not checked");
    assert!(!plain.stderr.contains("gone"), "{}", plain.stderr);
    run(dir.path(), &["check", "--verbose"])
        .exits(3)
        .says("in doubt, since something could not be read: TrafficPolicy shop/a is INVALID")
        .says("service gone in namespace shop of cluster east");
}
