//! What delivers a tree: the plugin of Argo CD, the files of `gitops init`, the clusters that a change reaches, archives.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Run, example, meshtree, run, tree};

/// The example with two clusters, whose Secrets Argo CD does not have to decrypt.
fn plain() -> tempfile::TempDir {
    let dir = example("bookinfo", true);
    let settings = dir.path().join("meshtree.yaml");
    let text = fs::read_to_string(&settings).expect("settings");
    assert!(text.contains("  ca:\n"));
    fs::write(&settings, text.replace("  ca:\n", "  ca:\n    delivery: none\n")).expect("written");
    dir
}

/// The plugin as Argo CD runs it: in the directory of the sources, with its variables and nothing else of an environment, not
/// even a home directory or a path on which Git is.
fn plugin(dir: &Path, parameters: &str, more: &[(&str, &str)]) -> Command {
    let mut command = meshtree(dir);
    command.args(["cmp", "generate"]).env_clear().stdin(Stdio::null());
    for (name, value) in [
        ("ARGOCD_APP_NAME", "mesh-kind2"),
        ("ARGOCD_APP_NAMESPACE", "istio-system"),
        ("ARGOCD_APP_PROJECT_NAME", "default"),
        ("ARGOCD_APP_REVISION", "0123456789abcdef0123456789abcdef01234567"),
        ("ARGOCD_APP_SOURCE_PATH", "fleet"),
        ("ARGOCD_APP_SOURCE_REPO_URL", "https://git.example/mesh.git"),
        ("ARGOCD_APP_SOURCE_TARGET_REVISION", "main"),
        ("KUBE_VERSION", "1.33"),
        ("KUBE_API_VERSIONS", "v1,apps/v1"),
        ("ARGOCD_APP_PARAMETERS", parameters),
    ]
    .into_iter()
    .chain(more.iter().copied())
    {
        command.env(name, value);
    }
    command
}

fn generate(dir: &Path, parameters: &str, more: &[(&str, &str)]) -> Run {
    plugin(dir, parameters, more).output().expect("the program runs").into()
}

const KIND2: &str = r#"[{"name":"cluster","string":"kind2"}]"#;

/// The same as `render --stdout`, and nothing is written.
#[test]
fn the_plugin_prints_what_render_prints() {
    let dir = plain();
    let before = tree(dir.path());
    let wanted = run(dir.path(), &["render", "--cluster", "kind2", "--stdout"]).exits(0).stdout;
    for (parameters, more) in
        [(KIND2, &[][..]), ("null", &[("ARGOCD_ENV_CLUSTER", "kind2")]), ("[]", &[("PARAM_CLUSTER", "kind2")])]
    {
        let found = generate(dir.path(), parameters, more).exits(0);
        assert!(found.stdout == wanted, "{parameters}: {}", found.stderr);
    }
    assert!(wanted.matches("\nkind: ").count() > 20);
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn the_plugin_prints_the_namespaces_that_are_asked_for() {
    let dir = plain();
    let parameters = r#"[{"name":"cluster","string":"kind2"},{"name":"namespaces","array":["default"]}]"#;
    let found = generate(dir.path(), parameters, &[]).exits(0).stdout;
    let namespaces: Vec<&str> = found.lines().filter(|line| line.starts_with("  namespace: ")).collect();
    assert!(!namespaces.is_empty() && namespaces.iter().all(|line| *line == "  namespace: default"), "{namespaces:?}");
    let parameters = parameters.replace("\"default\"", "\"defualt\"");
    let failed = generate(dir.path(), &parameters, &[]).exits(2).says("MT0812").says("did you mean default?");
    assert_eq!(failed.stdout, "");
}

/// The first line has what somebody needs to know who sees nothing else.
#[test]
fn the_first_line_of_an_error_names_application_and_line() {
    let dir = plain();
    let policy = dir.path().join("policies/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("name: reviews", "name: reviws")).expect("written");
    let failed = generate(dir.path(), KIND2, &[]).exits(3);
    let first = failed.stderr.lines().next().expect("a line");
    let start = "meshtree: app=mesh-kind2 path=fleet cluster=kind2: cannot render: policies/traffic-simple.yaml:";
    assert!(first.starts_with(start) && first.contains("error["), "{first}");
    assert_eq!(failed.stdout, "");
}

#[test]
fn the_plugin_refuses_what_would_do_harm() {
    let encrypted = example("bookinfo", true);
    let refused = generate(encrypted.path(), KIND2, &[]).exits(4).says("MT0813").says("spec.ca.delivery");
    assert_eq!(refused.stdout, "");
    // Without the namespace of the Secret, the rest can be applied.
    let parameters = r#"[{"name":"cluster","string":"kind2"},{"name":"namespaces","array":["default"]}]"#;
    generate(encrypted.path(), parameters, &[]).exits(0);

    let empty = support::fleet(&support::texts(&[(
        "clusters/kind2.yaml",
        "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: kind2}\nspec: {istio: {version: 1.31.0}}\n",
    )]));
    let refused = generate(empty.path(), KIND2, &[]).exits(4).says("MT0805");
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_dump_has_the_run_and_no_secrets() {
    let dir = plain();
    let out = tempfile::tempdir().expect("a directory");
    let mut command = plugin(dir.path(), KIND2, &[("ARGOCD_ENV_TOKEN", "hunter2"), ("ARGOCD_APP_NAME", "team/mesh")]);
    let found = Run::from(command.arg("--dump-dir").arg(out.path()).output().expect("the program runs")).exits(0);
    let dump = tree(out.path());
    let names: Vec<&str> = dump.keys().map(String::as_str).collect();
    let wanted = ["diagnostics.txt", "exit-code.txt", "manifests.yaml", "variables.txt"];
    assert_eq!(names, wanted.map(|name| format!("team_mesh/{name}")));
    assert!(dump["team_mesh/manifests.yaml"] == found.stdout.as_bytes());
    let variables = String::from_utf8_lossy(&dump["team_mesh/variables.txt"]);
    assert!(variables.contains("ARGOCD_ENV_TOKEN=(not shown)\n") && !variables.contains("hunter2"), "{variables}");
    assert!(variables.contains("ARGOCD_APP_SOURCE_PATH=fleet\n"), "{variables}");
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_plugin_at_once() {
    use std::os::unix::process::ExitStatusExt as _;
    let dir = plain();
    let mut child =
        plugin(dir.path(), KIND2, &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("sent");
    assert_eq!(child.wait().expect("ended").signal(), Some(15));
}

/// Git in a directory, with a repository of its own.
fn git(dir: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(dir).args([
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "core.hooksPath=/dev/null",
    ]);
    assert!(command.args(arguments).stdout(Stdio::null()).status().expect("git runs").success(), "{arguments:?}");
}

const TARGETS: [&str; 5] = ["argocd", "flux", "github", "gitlab", "pre-commit"];

/// A fleet that is the root of its repository keeps its rendered tree and its findings, whatever is written into it.
#[test]
fn written_files_are_no_inputs() {
    let dir = example("bookinfo", true);
    git(dir.path(), &["init", "--quiet"]);
    let before = run(dir.path(), &["check", "--format", "json"]).exits(0).stdout;
    for target in TARGETS {
        run(dir.path(), &["gitops", "init", target]).exits(0).says(": written\n");
    }
    assert_eq!(run(dir.path(), &["check", "--format", "json"]).exits(0).stdout, before);
    run(dir.path(), &["render", "--check", "--locked"]).exits(0);
    let first = tree(dir.path());
    for target in TARGETS {
        let again = run(dir.path(), &["gitops", "init", target]).exits(0).says(": is there already\n");
        assert!(!again.stderr.contains(": written"), "{}", again.stderr);
    }
    assert_eq!(tree(dir.path()), first);
}

/// A link that a change brings must not lead what is written elsewhere.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_linked_directory() {
    let (dir, elsewhere) = (example("bookinfo", true), tempfile::tempdir().expect("a directory"));
    git(dir.path(), &["init", "--quiet"]);
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(".github")).expect("a link");
    run(dir.path(), &["gitops", "init", "github"]).exits(5).says(".github is a symbolic link, and must be a directory");
    assert_eq!(tree(elsewhere.path()), support::Tree::new());
}

#[test]
fn nothing_is_written_unless_everything_can_be() {
    let dir = tempfile::tempdir().expect("a directory");
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["remote", "add", "origin", "https://me:hunter2@git.example/mesh.git"]);
    support::write_tree(&dir.path().join("fleet"), &tree(example("bookinfo", true).path()));
    let patch = dir.path().join("gitops/argocd/plugin/plugin.yaml");
    fs::create_dir_all(patch.parent().expect("above")).expect("a directory");
    fs::write(&patch, "mine\n").expect("written");
    run(dir.path(), &["gitops", "init", "argocd", "fleet"]).exits(4).says("MT0814").says("plugin.yaml");
    let gitops = |dir: &Path| tree(&dir.join("gitops")).into_keys().collect::<Vec<_>>();
    assert_eq!(gitops(dir.path()), ["argocd/plugin/plugin.yaml"]);
    fs::remove_file(&patch).expect("removed");
    run(dir.path(), &["gitops", "init", "argocd", "fleet"]).exits(0);
    assert_eq!(gitops(dir.path()).len(), 7);
    let set = fs::read_to_string(dir.path().join("gitops/argocd/applicationset.yaml")).expect("text");
    assert!(set.contains("repoURL: https://git.example/mesh.git\n") && !set.contains("hunter2"), "{set}");
    assert!(set.contains("path: \"fleet/rendered/*\"\n"), "{set}");

    // Others add lines to this file, so its own lines are enough.
    let attributes = dir.path().join("fleet/.gitattributes");
    fs::write(&attributes, "*.md text\n").expect("written");
    run(dir.path(), &["gitops", "init", "pre-commit", "fleet"]).exits(4).says("add these lines to it: rendered/**");
    fs::write(&attributes, "*.md text\nrendered/** text eol=lf linguist-generated\nca/** text eol=lf\n")
        .expect("written");
    run(dir.path(), &["gitops", "init", "pre-commit", "fleet"]).exits(0);
}

#[test]
fn printed_files_are_those_that_are_written() {
    let dir = example("bookinfo", true);
    for target in TARGETS {
        let printed = run(dir.path(), &["gitops", "init", target, "--stdout"]).exits(0).stdout;
        let out = tempfile::tempdir().expect("a directory");
        let at = out.path().to_str().expect("UTF-8");
        run(dir.path(), &["gitops", "init", target, "--out", at]).exits(0);
        let joined: String = tree(out.path())
            .into_iter()
            .map(|(path, bytes)| format!("# ==> {path}\n{}", String::from_utf8(bytes).expect("text")))
            .collect();
        // Where nothing can be read as an input, no file has to be kept from that.
        let ignore = "# ==> gitops/.meshtreeignore\n# These files are for other programs: meshtree does not read them as inputs of the fleet.\n*\n";
        assert_eq!(printed.replace(ignore, ""), joined, "{target}");
    }
    assert!(!dir.path().join("gitops").exists());
}

#[test]
fn a_change_reaches_the_clusters_whose_manifests_differ() {
    let dir = example("bookinfo", false);
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "-m", "one"]);
    let affected = |output: &str| run(dir.path(), &["affected", "--since", "HEAD", "-o", output]).exits(0).stdout;
    assert_eq!((affected("names"), affected("matrix")), (String::new(), "{\"include\":[]}\n".to_owned()));
    fs::write(
        dir.path().join("policies/one.yaml"),
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: AccessPolicy\nmetadata: {name: one, namespace: default}\nspec:\n\
         \x20 destinationSelector: [{kubeServiceRefs: {services: [{name: ratings, namespace: default, clusterName: kind2}]}}]\n\
         \x20 sourceSelector: [{kubeIdentityMatcher: {namespaces: [default], clusters: [kind2]}}]\n",
    )
    .expect("written");
    assert_eq!(affected("names"), "kind2\n");
    let row = r#"{"cluster":"kind2","wave":0,"path":"rendered/kind2"}"#;
    assert_eq!(affected("matrix"), format!("{{\"include\":[{row}]}}\n"));
    run(dir.path(), &["affected", "--since", "nowhere"]).exits(5).says("unknown Git commit nowhere");
}

/// The archive has the bytes of the tree, and its own do not depend on when and where it is made.
#[test]
fn archives_have_the_files_of_the_tree() {
    let dir = example("bookinfo", true);
    let pack = |file: &str| {
        run(dir.path(), &["package", "--cluster", "kind2", "-o", file]).exits(0).says("kind2: ").says("sha256:");
        fs::read(dir.path().join(file)).expect("the archive")
    };
    let first = pack("a.tgz");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(pack("b.tgz") == first);
    assert!(pack("c.tar").starts_with(b"default/"));
    let out = dir.path().join("unpacked");
    fs::create_dir(&out).expect("a directory");
    let status = Command::new("tar").args(["-xzf", "a.tgz", "-C", "unpacked"]).current_dir(dir.path()).status();
    assert!(status.expect("tar runs").success());
    let mut rendered = tree(&dir.path().join("rendered/kind2"));
    rendered.remove(".meshtree.lock");
    assert!(tree(&out) == rendered && rendered.len() > 20);
    run(dir.path(), &["package", "--cluster", "kind9", "-o", "d.tgz"]).exits(2);
    assert!(!dir.path().join("d.tgz").exists());
}

/// The order of clusters is part of the tree if the settings ask for it.
#[test]
fn the_order_of_clusters_is_beside_their_trees() {
    let dir = plain();
    let settings = dir.path().join("meshtree.yaml");
    let text = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, text.replace("spec:\n", "spec:\n  output: {waves: true}\n")).expect("written");
    let out = run(dir.path(), &["render", "--check"]);
    assert!(out.code == 1 && out.stderr.contains(".meshtree.waves: missing\n"), "{}", out.stderr);
    run(dir.path(), &["render"]).exits(0);
    let waves = fs::read_to_string(dir.path().join("rendered/.meshtree.waves")).expect("the file");
    assert_eq!(waves, "[\n{\"cluster\":\"kind2\",\"wave\":0},\n{\"cluster\":\"kind3\",\"wave\":0}\n]\n");
    run(dir.path(), &["render", "--check"]).exits(0);
    run(dir.path(), &["diff"]).exits(0);
    fs::write(dir.path().join("rendered/.meshtree.waves"), "[]\n").expect("written");
    let out = run(dir.path(), &["render", "--check", "--format", "json"]).exits(1);
    assert!(out.stdout.contains(".meshtree.waves"), "{}", out.stdout);
}
