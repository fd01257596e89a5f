//! The contract between Argo CD and a config management plugin: the parameters that are announced, and how an application sets them.
//!
//! Argo CD passes what an application sets, and never the defaults that the plugin announces: these are applied here.

mod announced;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Place, Report, nearest};
use announced::{CLUSTER, FLEET, NAMESPACES};

pub use announced::{Announced, PARAMETERS};

/// The variable with all parameters of an application, as JSON.
const ALL: &str = "ARGOCD_APP_PARAMETERS";

/// What begins the names of the variables in an application's `plugin.env`.
pub const USER: &str = "ARGOCD_ENV_";

/// The variables of the environment by their names.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'e> {
    pub variables: &'e BTreeMap<String, String>,
}

impl Environment<'_> {
    fn get(self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

/// What an application asks the plugin for.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The cluster to print.
    pub cluster: String,
    /// The fleet's directory, from the application's path.
    pub fleet: String,
    /// The namespaces to print; all of them if there are none.
    pub namespaces: Vec<String>,
}

/// One parameter, as Argo CD passes it.
#[derive(Debug, Deserialize)]
struct Parameter {
    #[serde(default)]
    name: String,
    string: Option<String>,
    array: Option<Vec<String>>,
    map: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Parameters {
    /// Reads the parameters of an application. Nothing, and errors in the report, if they are not complete and valid.
    pub fn read(environment: Environment<'_>, report: &mut Report) -> Option<Self> {
        let mut found = Report::default();
        let set = all(environment, &mut found);
        check(&set, &mut found);
        let of = |announced| string(announced, &set, environment);
        let cluster = of(CLUSTER);
        // An unknown parameter is probably the cluster with its name mistyped.
        if cluster.is_none() && !found.has_errors() {
            found.push(no_cluster(environment));
        }
        let fleet = of(FLEET).or_else(|| FLEET.default.map(str::to_owned)).unwrap_or_default();
        if fleet.starts_with('/') || fleet.split(['/', '\\']).any(|part| part == "..") {
            let message = format!("parameter fleet: {fleet:?} leads out of the application's path");
            found.push(wrong(message).hint("set the application's path to a directory that contains the fleet"));
        }
        let namespaces = array(NAMESPACES, &set, environment);
        let is_valid = !found.has_errors();
        report.append(found);
        Some(Self { cluster: cluster?, fleet, namespaces }).filter(|_| is_valid)
    }
}

/// The diagnostic of a parameter that is not valid.
fn wrong(message: String) -> Diag {
    Diag::new(Code::PluginParameter, Place::Nowhere, message)
}

/// The list of parameters. Argo CD writes `null` for one that is empty.
fn all(environment: Environment<'_>, report: &mut Report) -> Vec<Parameter> {
    let Some(text) = environment.get(ALL).filter(|text| !text.trim().is_empty()) else { return Vec::new() };
    match serde_json::from_str::<Option<Vec<Parameter>>>(&text) {
        Ok(set) => set.unwrap_or_default(),
        Err(error) => {
            // What was passed may be a secret, so it is not repeated.
            let message = format!("{ALL} is not a list of parameters: {}", position(&error));
            report.push(wrong(message).hint("use a list such as [{\"name\": \"cluster\", \"string\": \"east\"}]"));
            Vec::new()
        }
    }
}

/// Where JSON is not what it should be; the library's message quotes values.
fn position(error: &serde_json::Error) -> String {
    let what = if error.is_data() { "a value of the wrong type" } else { "not valid JSON" };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// Reports parameters that are not announced, that are set twice, or whose value has another type.
fn check(set: &[Parameter], report: &mut Report) {
    for (i, Parameter { name, string, array, map }) in set.iter().enumerate() {
        let names = || PARAMETERS.iter().map(|announced| announced.name);
        let Some(announced) = PARAMETERS.iter().find(|announced| announced.name == name) else {
            let hint = match nearest(name, names()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("use one of the parameters of the plugin: {}", choices(names())),
            };
            report.push(wrong(format!("unknown parameter {name:?}")).hint(hint));
            continue;
        };
        if set[..i].iter().any(|other| other.name == *name) {
            report.push(wrong(format!("parameter {name} is a duplicate")).hint("set it once"));
        }
        let is_right = if announced.is_list { string.is_none() } else { array.is_none() } && map.is_none();
        if !is_right {
            let (field, example) = announced.form();
            report.push(
                wrong(format!("parameter {name} has a value of the wrong type"))
                    .hint(format!("set `{field}`, as in {{name: {name}, {field}: {example}}}")),
            );
        }
    }
}

/// A parameter that is text, from the first of the variables that has it; empty text counts as absent.
fn string(announced: Announced, set: &[Parameter], environment: Environment<'_>) -> Option<String> {
    let variable = |prefix: &str| environment.get(&announced.variable(prefix)).filter(|value| !value.is_empty());
    let listed = || {
        let parameter = set.iter().find(|parameter| parameter.name == announced.name)?;
        parameter.string.clone().filter(|value| !value.is_empty())
    };
    variable("PARAM_").or_else(|| variable(USER)).or_else(listed)
}

/// A parameter that is a list; in a variable of the user's, the items have commas between them.
fn array(announced: Announced, set: &[Parameter], environment: Environment<'_>) -> Vec<String> {
    let item = |i: usize| environment.get(&format!("{}_{i}", announced.variable("PARAM_")));
    let mut items: Vec<String> = (0..).map_while(item).collect();
    if items.is_empty()
        && let Some(text) = environment.get(&announced.variable(USER))
    {
        items = text.split(',').map(|item| item.trim().to_owned()).collect();
    }
    if items.is_empty() {
        let parameter = set.iter().find(|parameter| parameter.name == announced.name);
        items = parameter.and_then(|parameter| parameter.array.clone()).unwrap_or_default();
    }
    items.retain(|item| !item.is_empty());
    items
}

/// The error of an application that does not name its cluster.
fn no_cluster(environment: Environment<'_>) -> Diag {
    let wanted = CLUSTER.variable(USER);
    let users = environment.variables.keys().map(String::as_str).filter(|name| name.starts_with(USER));
    let hint = match nearest(&wanted, users).and_then(|near| near.strip_prefix(USER)) {
        Some(near) => format!("plugin.env sets {near}: did you mean CLUSTER?"),
        None => "add {name: cluster, string: NAME} to spec.source.plugin.parameters of the application".to_owned(),
    };
    wrong("the application does not name its cluster".to_owned()).hint(hint)
}

#[cfg(test)]
mod tests;
