use super::*;

/// What is read from these variables: the parameters, or the errors with their hints.
fn read(variables: &[(&str, &str)]) -> Result<Parameters, Vec<String>> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut report = Report::default();
    let found = Parameters::read(Environment { variables: &variables }, &mut report);
    let told = report.diags().iter().map(|diag| format!("{}; {}", diag.message, diag.hint.as_deref().unwrap_or("-")));
    found.ok_or_else(|| told.collect())
}

fn of(cluster: &str, fleet: &str, namespaces: &[&str]) -> Result<Parameters, Vec<String>> {
    let namespaces = namespaces.iter().map(|name| (*name).to_owned()).collect();
    Ok(Parameters { cluster: cluster.to_owned(), fleet: fleet.to_owned(), namespaces })
}

#[test]
fn the_first_variable_with_a_value_wins() {
    let json = ("ARGOCD_APP_PARAMETERS", r#"[{"name":"cluster","string":"c"}]"#);
    assert_eq!(read(&[("PARAM_CLUSTER", "a"), ("ARGOCD_ENV_CLUSTER", "b"), json]), of("a", ".", &[]));
    assert_eq!(read(&[("ARGOCD_ENV_CLUSTER", "b"), json]), of("b", ".", &[]));
    assert_eq!(read(&[("PARAM_CLUSTER", ""), json]), of("c", ".", &[]));
    let all = r#"[{"name":"namespaces","array":["x","y"]},{"name":"fleet","string":"f"},{"name":"cluster","string":"c","array":null}]"#;
    assert_eq!(read(&[("ARGOCD_APP_PARAMETERS", all)]), of("c", "f", &["x", "y"]));
    assert_eq!(read(&[json, ("PARAM_NAMESPACES_0", "p"), ("PARAM_NAMESPACES_1", "q")]), of("c", ".", &["p", "q"]));
    assert_eq!(read(&[json, ("ARGOCD_ENV_NAMESPACES", "p, q,"), ("ARGOCD_ENV_FLEET", "g")]), of("c", "g", &["p", "q"]));
}

#[test]
fn an_empty_list_may_be_null() {
    for empty in ["null", "[]", "", " "] {
        assert_eq!(
            read(&[("ARGOCD_APP_PARAMETERS", empty), ("ARGOCD_ENV_CLUSTER", "b")]),
            of("b", ".", &[]),
            "{empty:?}"
        );
    }
}

#[test]
fn every_mistake_is_reported() {
    let told = read(&[(
        "ARGOCD_APP_PARAMETERS",
        r#"[{"name":"clster","string":"c"},{"name":"fleet","array":["x"]},{"name":"namespaces","string":"x"},{"name":"zzz"}]"#,
    )]);
    let expected = [
        "unknown parameter \"clster\"; did you mean cluster?",
        "parameter fleet has a value of the wrong type; set `string`, as in {name: fleet, string: east}",
        "parameter namespaces has a value of the wrong type; set `array`, as in {name: namespaces, array: [shop]}",
        "unknown parameter \"zzz\"; use one of the parameters of the plugin: cluster, fleet, namespaces",
    ];
    assert_eq!(told, Err(expected.map(str::to_owned).to_vec()));
    let twice = r#"[{"name":"cluster","string":"a"},{"name":"cluster","string":"b"}]"#;
    assert_eq!(
        read(&[("ARGOCD_APP_PARAMETERS", twice)]),
        Err(vec!["parameter cluster is a duplicate; set it once".to_owned()])
    );
    let told = read(&[("ARGOCD_APP_PARAMETERS", "null")]).expect_err("no cluster");
    assert_eq!(
        told,
        [
            "the application does not name its cluster; add {name: cluster, string: NAME} to spec.source.plugin.parameters of the application"
        ]
    );
    let told = read(&[("ARGOCD_ENV_CLUSTR", "a")]).expect_err("no cluster");
    assert_eq!(told, ["the application does not name its cluster; plugin.env sets CLUSTR: did you mean CLUSTER?"]);
}

#[test]
fn no_value_is_repeated_where_the_list_is_not_valid() {
    for bad in [r#"[{"name":"cluster","string":{"password":"hunter2"}}]"#, r#"{"hunter2"}"#, r#""hunter2""#] {
        let told = read(&[("ARGOCD_APP_PARAMETERS", bad)]).expect_err("not a list").join("\n");
        assert!(told.contains("is not a list of parameters") && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn the_fleet_stays_below_the_path_of_the_application() {
    for bad in ["/etc", "..", "a/../../b"] {
        let told = read(&[("PARAM_CLUSTER", "a"), ("PARAM_FLEET", bad)]).expect_err("outside");
        assert!(told[0].contains("leads out of the application's path"), "{told:?}");
    }
    assert_eq!(read(&[("PARAM_CLUSTER", "a"), ("PARAM_FLEET", "x/..y")]), of("a", "x/..y", &[]));
}
