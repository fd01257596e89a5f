//! Files and directories that cannot be read, and links.

use super::*;

#[test]
fn more_documents_than_are_read() {
    let text = "---\na\n".repeat((1 << 20) + 1);
    refused(
        &with(&[("clusters/west/a.yaml", &text)]),
        &[("clusters/west/a.yaml: error[MT0103]", "more than 1048576 documents")],
    );
}

#[test]
fn symbolic_links() {
    use std::os::unix::fs::symlink;
    let dir = fleet(&with(&[("policies/good.yaml", &policy("a", "  requestTimeout: 1s\n"))]));
    symlink("nowhere.yaml", dir.path().join("dangling.yaml")).expect("a link");
    symlink("b.yaml", dir.path().join("a.yaml")).expect("a link");
    symlink("a.yaml", dir.path().join("b.yaml")).expect("a link");
    symlink("..", dir.path().join("policies/up")).expect("a link");
    let expected = [
        ("a.yaml: error[MT0101]: ", ""),
        ("b.yaml: error[MT0101]: ", ""),
        ("dangling.yaml: error[MT0101]: ", ""),
        ("policies/up: error[MT0101]: ", ""),
    ];
    let before: Vec<String> = tree(dir.path()).into_keys().collect();
    let found = run(dir.path(), &["render", "--format", "short"]).exits(3);
    let lines: Vec<&str> = found.stderr.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, (beginning, rest)) in lines.iter().zip(expected) {
        assert!(line.starts_with(beginning) && line.contains(rest), "{line}");
    }
    assert_eq!(tree(dir.path()).into_keys().collect::<Vec<_>>(), before);
}

/// A link to a file of the repository is that file; what is elsewhere on the machine is not read, and nothing of it is shown.
#[cfg(unix)]
#[test]
fn links_lead_no_further_than_the_repository() {
    use std::os::unix::fs::symlink;
    let dir = fleet(&with(&[("shared/p.yaml.txt", &policy("a", "  requestTimout: 1s\n"))]));
    symlink("shared/p.yaml.txt", dir.path().join("p.yaml")).expect("a link");
    run(dir.path(), &["check", "--format", "short"]).exits(3).says("p.yaml:5:3: error[MT0201]: ");
    let elsewhere = fleet(&texts(&[("p.yaml", &policy("hunter2", "  requestTimout: 1s\n"))]));
    for link in ["q.yaml", "meshtree.yaml", ".meshtreeignore", "clusters/west"] {
        let dir = fleet(&with(&[]));
        let target =
            if link == "clusters/west" { elsewhere.path().to_owned() } else { elsewhere.path().join("p.yaml") };
        symlink(target, dir.path().join(link)).expect("a link");
        let found = run(dir.path(), &["check"]).exits(3).says("error[MT0108]").says(link);
        assert!(!found.stderr.contains("hunter2") && !found.stderr.contains("MT0201"), "{}", found.stderr);
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = fleet(&with(&[("a.yaml", "kind: x\n"), ("closed/b.yaml", "kind: x\n")]));
    fs::set_permissions(dir.path().join("a.yaml"), fs::Permissions::from_mode(0o000)).expect("closed");
    if fs::read(dir.path().join("a.yaml")).is_ok() {
        _ = writeln!(std::io::stderr(), "skipped: this user reads everything, as root does");
        return;
    }
    fs::set_permissions(dir.path().join("closed"), fs::Permissions::from_mode(0o000)).expect("closed");
    let found = run(dir.path(), &["render", "--format", "short"]);
    fs::set_permissions(dir.path().join("closed"), fs::Permissions::from_mode(0o700)).expect("opened");
    let found = found.exits(3);
    let lines: Vec<&str> = found.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("a.yaml: error[MT0101]: ") && lines[1].starts_with("closed: error[MT0101]: "));
    assert!(!dir.path().join("rendered").exists());
}

#[test]
fn no_fleet() {
    let dir = tempfile::tempdir().expect("a directory");
    refused_at(dir.path(), 3, &[(".: error[MT0107]: ", "")]);
    write_tree(dir.path(), &texts(&[("README.md", "# Nothing\n"), ("empty.yaml", "# Nothing\n---\n")]));
    refused_at(dir.path(), 3, &[(".: error[MT0107]: ", "")]);
    for command in ["check", "render", "diff", "status"] {
        let found = run(dir.path(), &[command, "missing", "--format", "short"]).exits(3);
        assert!(found.stderr.starts_with("missing: error[MT0101]: "), "{}", found.stderr);
        assert_eq!(found.stderr.lines().count(), 1, "{}", found.stderr);
    }
    assert_eq!(tree(dir.path()).len(), 2);
    let policies = fleet(&texts(&[("a.yaml", &policy("a", "  requestTimeout: 1s\n"))]));
    let found = run(policies.path(), &["render", "--format", "short"]).exits(3);
    assert!(found.stderr.contains("error[MT0309]: "), "{}", found.stderr);
}
