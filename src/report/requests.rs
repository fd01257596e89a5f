//! What an access policy allows, in words.

use crate::ask::space::Operations;
use crate::ask::space::operations::Choice;
use crate::plan::Operation;

/// Which requests an operation allows at some ports, in words.
pub(super) fn requests(operation: &Operation<'_>, ports: Option<&[u32]>) -> String {
    let these = |list: Vec<String>| (!list.is_empty()).then_some(Choice::These(list));
    let Operation { methods, paths, ports: _ } = operation;
    let allowed = Operations {
        methods: these(methods.iter().map(|method| (*method).to_owned()).collect()),
        paths: these(paths.iter().map(ToString::to_string).collect()),
        ports: these(ports.unwrap_or_default().iter().map(u32::to_string).collect()),
    };
    let none = if ports.is_some_and(<[u32]>::is_empty) { " on none of its ports" } else { "" };
    format!("{allowed}{none}").trim_start().to_owned()
}
