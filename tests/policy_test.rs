//! PolicyTests: the published schema has the fields that are read and refuses the rest, and other commands skip the files.

mod support;

use std::collections::BTreeSet;
use std::fs;

use meshtree::model::decode::field_paths;
use meshtree::model::policy_test::PolicyTest;
use serde_json::{Value, json};
use support::validity::{is_valid, resolved};
use support::{directories, example, project, run};

fn schema() -> Value {
    let text = fs::read_to_string(project().join("schemas/policy-test.json")).expect("the schema is there");
    serde_json::from_str(&text).expect("JSON")
}

/// The paths of the fields of a schema, as [`field_paths`] writes them.
fn paths(root: &Value, schema: &Value, at: &str, out: &mut BTreeSet<String>) {
    let schema = resolved(root, schema);
    let variants = schema["anyOf"].as_array().into_iter().flatten().map(|variant| resolved(root, variant));
    let has_type = |wanted: &str| match &schema["type"] {
        Value::Array(types) => types.iter().any(|one| one == wanted),
        one => one == wanted,
    };
    if let Some(variant) = variants.clone().find(|variant| !variant["properties"].is_null()) {
        return paths(root, variant, at, out);
    }
    if let Some(fields) = schema["properties"].as_object() {
        for (name, schema) in fields {
            paths(root, schema, &if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, out);
        }
    } else if has_type("array") && !has_type("string") {
        paths(root, &schema["items"], &format!("{at}[]"), out);
    } else if schema["additionalProperties"].is_object() {
        out.insert(format!("{at}.*"));
    } else {
        out.insert(at.to_owned());
    }
}

#[test]
fn the_schema_has_the_fields_that_are_read() {
    let root = schema();
    let mut found = BTreeSet::new();
    paths(&root, &root["properties"]["spec"], "", &mut found);
    assert_eq!(found, field_paths::<PolicyTest>().into_iter().collect());
}

/// The PolicyTests of the examples.
fn examples() -> Vec<Value> {
    let mut out = Vec::new();
    for example in directories(&project().join("examples")) {
        for file in support::tree(&example.join("tests")).values() {
            out.push(serde_yaml::from_slice(file).expect("YAML"));
        }
    }
    assert!(out.len() > 1, "the examples have tests");
    out
}

#[test]
fn the_schema_accepts_the_examples_and_refuses_typos() {
    let root = schema();
    for document in examples() {
        assert!(is_valid(&root, &root, &document), "{document}");
        let mut typos = 0;
        spoil(&document, &mut Vec::new(), &mut |spoilt, at| {
            typos += 1;
            assert!(!is_valid(&root, &root, spoilt), "a typo at {at} is accepted");
        });
        assert!(typos > 10, "{typos}");
    }
}

/// Gives the document with each name of a field below `spec` misspelt, one at a time. Labels may have any name, values too.
fn spoil(document: &Value, path: &mut Vec<String>, emit: &mut impl FnMut(&Value, &str)) {
    let at = document.pointer(&path.iter().map(|step| format!("/{step}")).collect::<String>()).expect("it is there");
    let children: Vec<String> = match at {
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|i| i.to_string()).collect(),
        _ => Vec::new(),
    };
    for child in children {
        let is_field = at.is_object() && path.first().is_some_and(|first| first == "spec");
        if is_field && !["subset", "headers", "value"].iter().any(|free| path.last().is_some_and(|last| last == free)) {
            let mut spoilt = document.clone();
            let parent = path.iter().map(|step| format!("/{step}")).collect::<String>();
            let map = spoilt.pointer_mut(&parent).and_then(Value::as_object_mut).expect("a map");
            let value = map.remove(&child).expect("it is there");
            map.insert(format!("{child}s"), value);
            emit(&spoilt, &format!("{parent}/{child}"));
        }
        path.push(child);
        spoil(document, path, emit);
        path.pop();
    }
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    let root = schema();
    let valid = json!({"from": "a/b/c", "to": "d"});
    let document = |test: Value| json!({"apiVersion": "meshtree.io/v1alpha1", "kind": "PolicyTest", "metadata": {"name": "x"}, "spec": {"tests": [test]}});
    assert!(is_valid(&root, &root, &document(json!({"allow": valid}))));
    for wrong in [
        json!({}),
        json!({"allow": valid, "deny": valid}),
        json!({"allow": {"from": "a/b/c"}}),
        json!({"allow": {"from": "a/b/c", "identity": "none", "to": "d"}}),
        json!({"allow": {"from": "a/b/c", "to": "d", "at": "a/b/d"}}),
        json!({"route": valid}),
        json!({"route": {"from": "a/b/c", "to": "d", "expect": {"timeout": 5}}}),
        json!({"failover": {"from": "a/b/c", "to": "d", "down": "east"}}),
        json!({"rendered": {"cluster": "east", "object": "VirtualService x/y"}}),
        json!({"rendered": {"cluster": "east", "object": "VirtualService x/y", "value": 1, "absent": true}}),
        json!({"rendered": {"cluster": "east", "object": "x/y", "value": 1}}),
    ] {
        assert!(!is_valid(&root, &root, &document(wrong.clone())), "{wrong}");
        let dir = example("bookinfo", false);
        fs::write(dir.path().join("tests/x.json"), document(wrong).to_string()).expect("written");
        let found = run(dir.path(), &["test", "--format", "short"]);
        assert!(found.code == 3 && found.stderr.contains("MT073"), "{found:?}");
    }
}

/// A file of tests changes nothing for commands that render, and is not even parsed.
#[test]
fn other_commands_skip_tests() {
    let dir = example("bookinfo", true);
    let broken = "apiVersion: meshtree.io/v1alpha1\nkind: PolicyTest\nmetadata: {name: x}\nspec: [}\n";
    fs::write(dir.path().join("tests/broken.yaml"), broken).expect("written");
    for arguments in [&["render", "--check"][..], &["check", "--deny", "warnings"], &["status"], &["access"]] {
        run(dir.path(), arguments).exits(0);
    }
    run(dir.path(), &["test", "--format", "short"]).exits(3).says("tests/broken.yaml:4:");
}

/// A PolicyTest may be an item of a List, in YAML or JSON, and anywhere in the fleet.
#[test]
fn tests_may_be_in_a_list() {
    let dir = example("bookinfo", false);
    let item = examples().into_iter().find(|test| test["metadata"]["name"] == "reviews").expect("it is there");
    fs::remove_dir_all(dir.path().join("tests")).expect("removed");
    run(dir.path(), &["test", "--format", "short"]).exits(3).says("MT0732");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [item]});
    fs::write(dir.path().join("policies/tests.json"), list.to_string()).expect("written");
    let found = run(dir.path(), &["test"]).exits(0);
    assert_eq!(found.stdout, "5 tests, all passed\n");
}

/// The only way in which the formats differ is the form.
#[test]
fn every_format_has_the_failures() {
    let dir = example("bookinfo", false);
    let policy = dir.path().join("policies/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("weight: 75", "weight: 70").replace("weight: 15", "weight: 20")).expect("written");
    for (format, wanted) in [
        ("text", "5 tests, 2 failed"),
        ("short", "5 tests, 2 failed"),
        ("json", "\"failed\": 2"),
        ("junit", "tests=\"5\" failures=\"2\""),
    ] {
        let found = run(dir.path(), &["test", "--format", format]).exits(1);
        assert!(found.stdout.contains(wanted), "{format}: {}", found.stdout);
        assert_eq!(found.stderr, "", "{format}");
    }
    let found = run(dir.path(), &["check", "--format", "junit"]).exits(0);
    assert!(found.stdout.contains("<testsuites"), "{found:?}");
}

/// What a route does to headers, and its CORS policy, are compared as they are written in a TrafficPolicy.
#[test]
fn headers_and_cors_are_compared() {
    let dir = example("bookinfo", false);
    let policy = json!({
        "apiVersion": "networking.smh.solo.io/v1alpha2", "kind": "TrafficPolicy",
        "metadata": {"name": "browsers", "namespace": "default"},
        "spec": {
            "destinationSelector": [{"kubeServiceRefs": {"services": [
                {"name": "ratings", "namespace": "default", "clusterName": "kind2"}]}}],
            "headerManipulation": {
                "appendRequestHeaders": {"x-team": "books"}, "removeResponseHeaders": ["server", "via"]},
            "corsPolicy": {
                "allowOrigins": [{"exact": "https://a.example"}, {"prefix": "https://b."}],
                "allowMethods": ["GET", "POST"], "maxAge": "600s", "allowCredentials": true},
        },
    });
    fs::write(dir.path().join("policies/browsers.json"), policy.to_string()).expect("written");
    let failures = |expect: Value| {
        let route = json!({"from": "kind2/default/reviews-v2", "to": "ratings", "expect": expect});
        let test = json!({"apiVersion": "meshtree.io/v1alpha1", "kind": "PolicyTest", "metadata": {"name": "x"},
                          "spec": {"tests": [{"name": "x", "route": route}]}});
        assert!(is_valid(&schema(), &schema(), &test), "{test}");
        fs::write(dir.path().join("tests/x.json"), test.to_string()).expect("written");
        run(dir.path(), &["test", "--run", "x: x"]).stdout
    };
    for met in [
        json!({"headers": {"request": {"add": {"x-team": "books"}, "remove": []}, "response": {"remove": ["via", "server"]}}}),
        json!({"headers": {}, "corsPolicy": {}}),
        json!({"headers": {"response": {"add": {}}}}),
        json!({"corsPolicy": {
            "allowOrigins": [{"prefix": "https://b."}, {"exact": "https://a.example"}], "allowMethods": ["POST", "GET"],
            "allowHeaders": [], "maxAge": "10m", "allowCredentials": true}}),
    ] {
        assert_eq!(failures(met.clone()), "1 test, all passed\n", "{met}");
    }
    for (unmet, expected) in [
        (json!({"headers": "none"}), "expected: none"),
        (json!({"headers": {"request": {"add": {"x-team": "cars"}}}}), "expected: request add x-team: cars"),
        (json!({"headers": {"response": {"remove": ["server"]}}}), "expected: response remove server"),
        (json!({"corsPolicy": "none"}), "expected: none"),
        (json!({"corsPolicy": {"allowOrigins": [{"exact": "https://b."}]}}), "expected: allowOrigins https://b."),
        (json!({"corsPolicy": {"maxAge": "60s", "exposeHeaders": ["x"]}}), "expected: exposeHeaders x, maxAge 60s"),
    ] {
        let found = failures(unmet.clone());
        assert!(found.contains(expected) && found.contains("TrafficPolicy default/browsers"), "{unmet}: {found}");
    }
    let found = failures(json!({"headers": "none", "corsPolicy": "none"}));
    let headers = "found:    request add x-team: books, remove nothing, response add nothing, remove server and via\n";
    let cors = "found:    allowOrigins https://a.example and prefix https://b., allowMethods GET and POST, \
                allowHeaders nothing, exposeHeaders nothing, maxAge 600s, allowCredentials true\n";
    assert!(found.contains(headers) && found.contains(cors), "{found}");
}
