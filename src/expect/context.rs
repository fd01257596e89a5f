//! What an expectation refers to, found by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::{Evaluator, HttpRequest, Named, Unnamed};
use crate::diag::{Code, Diag, FieldPath, Place, nearest};
use crate::ids::Text;
use crate::model::policy_test::TestFile;
use crate::path;
use crate::plan::{ClusterId, TargetId, WorkloadId};

/// One expectation, and what is wrong with it.
pub(super) struct Cx<'c, 'p, 'a> {
    pub(super) evaluator: &'c Evaluator<'p, 'a>,
    test: &'c TestFile,
    path: FieldPath,
    pub(super) wrong: Vec<Wrong>,
}

/// What is wrong with an expectation. What was probably meant is only looked for if it is shown.
pub(super) struct Wrong {
    pub(super) diag: Diag,
    near: Option<Near>,
}

/// A name that nothing has.
enum Near {
    Workload(String),
    Service(String),
    Called(WorkloadId, String),
}

impl Wrong {
    /// The diagnostic with what was probably meant.
    pub(super) fn with_hint(self, evaluator: &Evaluator<'_, '_>) -> Diag {
        let Self { diag, near } = self;
        diag.maybe_hint(near.and_then(|near| match near {
            Near::Workload(text) => evaluator.workload_hint(&text),
            Near::Service(text) => evaluator.service_hint(&text),
            Near::Called(from, text) => evaluator.called_hint(from, &text),
        }))
    }
}

/// What is called and at which port.
pub(super) type Called = (Named, u32);

impl<'c, 'p, 'a> Cx<'c, 'p, 'a> {
    pub(super) fn new(evaluator: &'c Evaluator<'p, 'a>, test: &'c TestFile, index: usize) -> Self {
        Self { evaluator, test, path: path!["spec", "tests", index], wrong: Vec::new() }
    }

    /// The same for the fields below one.
    pub(super) fn below(&mut self, field: &str) -> &mut Self {
        self.path = self.path.with(field);
        self
    }

    /// Reports an expectation that does not say enough.
    pub(super) fn incomplete(&mut self, message: &str, hint: &str) {
        let place = self.test.place(self.path.clone());
        self.push(Diag::new(Code::BadTest, place, message).hint(hint), None);
    }

    /// Reports a field whose value makes no sense.
    pub(super) fn wrong(&mut self, field: &str, message: &str, hint: &str) {
        let place = self.place(field);
        self.push(Diag::new(Code::BadTest, place, message).hint(hint), None);
    }

    /// Reports a name that the fleet does not have.
    pub(super) fn unknown(&mut self, field: &str, message: String, hint: Option<String>) {
        let place = self.place(field);
        self.push(Diag::new(Code::UnknownInTest, place, message).maybe_hint(hint), None);
    }

    fn unnamed_in(&mut self, field: &str, error: &Unnamed, near: Near) {
        let place = self.place(field);
        self.push(Diag::new(Code::UnknownInTest, place, error.to_string()), Some(near));
    }

    fn push(&mut self, diag: Diag, near: Option<Near>) {
        self.wrong.push(Wrong { diag, near });
    }

    fn place(&self, field: &str) -> Place {
        self.test.place(self.path.with(field))
    }

    /// The workload in a field.
    pub(super) fn workload(&mut self, field: &str, text: &str) -> Option<WorkloadId> {
        if text.is_empty() {
            self.incomplete(&format!("{field} is missing"), "write CLUSTER/NAMESPACE/NAME of a workload");
            return None;
        }
        match self.evaluator.names.workload(text) {
            Ok(workload) => Some(workload),
            Err(error) => {
                self.unnamed_in(field, &error, Near::Workload(text.to_owned()));
                None
            }
        }
    }

    /// The service in a field.
    pub(super) fn service(&mut self, field: &str, text: &str) -> Option<TargetId> {
        match self.evaluator.names.service(self.evaluator.index, text) {
            Ok(target) => Some(target),
            Err(error) => {
                self.unnamed_in(field, &error, Near::Service(text.to_owned()));
                None
            }
        }
    }

    /// What a workload calls by a name, and at which port.
    pub(super) fn called(&mut self, from: WorkloadId, to: &str, port: Option<u32>) -> Option<Called> {
        if to.is_empty() {
            self.incomplete("to is missing", "write a host, or CLUSTER/NAMESPACE/SERVICE");
            return None;
        }
        match self.evaluator.called(from, to) {
            Ok((named, written)) => self.port(named, port.or(written)),
            Err(error) => {
                self.unnamed(from, to, &error);
                None
            }
        }
    }

    /// Reports a name that a workload cannot call.
    pub(super) fn unnamed(&mut self, from: WorkloadId, to: &str, error: &Unnamed) {
        self.unnamed_in("to", error, Near::Called(from, to.to_owned()));
    }

    /// The port at which something is called: the named one, which it must have, or the usual one.
    pub(super) fn port(&mut self, named: Named, port: Option<u32>) -> Option<Called> {
        let ports = self.evaluator.ports(named);
        match port.or_else(|| self.evaluator.usual_port(named)) {
            Some(port) if ports.contains(&port) => Some((named, port)),
            Some(port) => {
                let known = ports.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                self.unknown("port", format!("the service has no port {port}"), Some(format!("its ports: {known}")));
                None
            }
            None => {
                self.unknown("to", "the service has no ports".to_owned(), None);
                None
            }
        }
    }

    /// The clusters in a field.
    pub(super) fn clusters(&mut self, field: &str, names: &[Text]) -> Option<BTreeSet<ClusterId>> {
        let found: Vec<Option<ClusterId>> = names.iter().map(|name| self.cluster(field, name)).collect();
        found.into_iter().collect()
    }

    /// The cluster in a field.
    pub(super) fn cluster(&mut self, field: &str, name: &str) -> Option<ClusterId> {
        let index = self.evaluator.index;
        let found = index.cluster(name);
        if found.is_none() {
            let near = nearest(name, index.clusters()).map(|near| format!("did you mean {near}?"));
            self.unknown(field, format!("unknown cluster {name:?}"), near);
        }
        found
    }
}

/// A request of a test; each part has a default.
pub(super) fn request(method: Option<&Text>, path: Option<&Text>, headers: &BTreeMap<Text, Text>) -> HttpRequest {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    HttpRequest::new(method.map_or("GET", |method| method), path.map_or("/", |path| path), headers)
}
