//! Renders the templates for one cluster.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Error, ErrorKind, OutputSpan, Value, context};

use super::engine::value;
use super::failure::{Failure, Failures, When};
use super::library::{Library, Per, Template};
use super::output::Output;
use super::recovery::Recovery;
use super::undefined::Seen;
use super::view::{ClusterView, NamespaceView, ServiceView, Variables};
use crate::built::Built;
use crate::ids::{ClusterName, ObjectRef, Text};

/// How many mistakes one rendering shows.
const MOST: usize = 20;

pub(super) struct Run<'l, 'f> {
    library: &'l Library<'f>,
    cluster: &'l ClusterName,
    labels: Vec<(String, String)>,
    built: Vec<Built>,
    failures: Failures,
    recovery: Recovery,
    /// The templates that are not rendered again: each time would take as long.
    stopped: BTreeSet<&'l str>,
}

/// One rendering of a template.
struct Rendering<'r, 'l, 'f> {
    template: &'l Template<'f>,
    context: Value,
    seen: &'r Seen,
    /// For what, in words.
    what: String,
    /// The service that it is for, if it is for one.
    service: Option<ObjectRef>,
}

impl<'l, 'f> Run<'l, 'f> {
    pub(super) fn new(library: &'l Library<'f>, cluster: &'l ClusterName, labels: Vec<(String, String)>) -> Self {
        let (built, failures, recovery) = (Vec::new(), Failures::default(), Recovery::default());
        Self { library, cluster, labels, built, failures, recovery, stopped: BTreeSet::new() }
    }

    pub(super) fn finish(self) -> (Vec<Built>, Failures) {
        (self.built, self.failures)
    }

    pub(super) fn render(&mut self, variables: Variables) {
        let Variables { cluster, namespace: _, service: _, fleet, values } = variables;
        let base = context! { cluster => value(&cluster), fleet => value(&fleet), values => value(&values) };
        let seen = Seen { values, per: Per::Cluster };
        let ClusterView { namespaces, services, .. } = &cluster;
        let position: BTreeMap<&Text, usize> =
            namespaces.iter().enumerate().map(|(i, NamespaceView { name, .. })| (name, i)).collect();
        for template in &self.library.rendered {
            let seen = Seen { per: template.per, ..seen.clone() };
            match template.per {
                Per::Cluster => {
                    let what = format!("cluster {}", self.cluster);
                    self.one(Rendering { template, context: base.clone(), seen: &seen, what, service: None });
                }
                Per::Namespace => {
                    for (i, namespace) in namespaces.iter().enumerate() {
                        let context = context! { namespace => part(&base, "namespaces", i), ..base.clone() };
                        let what = format!("namespace {} of cluster {}", namespace.name, self.cluster);
                        self.one(Rendering { template, context, seen: &seen, what, service: None });
                    }
                }
                Per::Service => {
                    for (i, ServiceView { name, namespace, .. }) in services.iter().enumerate() {
                        let around = position.get(namespace).map(|at| part(&base, "namespaces", *at));
                        let service = part(&base, "services", i);
                        let context = context! { service, namespace => around, ..base.clone() };
                        let what = format!("service {namespace}/{name} of cluster {}", self.cluster);
                        let of = ObjectRef { namespace: namespace.clone(), name: name.clone() };
                        self.one(Rendering { template, context, seen: &seen, what, service: Some(of) });
                    }
                }
            }
        }
    }

    fn one(&mut self, rendering: Rendering<'_, 'l, 'f>) {
        let name = rendering.template.name;
        if self.stopped.contains(name) {
            return;
        }
        let template = self.library.environment.get_template(name);
        match template.and_then(|template| template.render_with_spans(rendering.context.clone())) {
            Ok((text, spans)) => self.read(&rendering, &text, &spans),
            Err(error) => self.failed(&rendering, error),
        }
    }

    /// Reports what is wrong with a rendering: the first mistake, and those that show once that is taken out.
    fn failed(&mut self, rendering: &Rendering<'_, 'l, 'f>, first: Error) {
        let Rendering { template, context, seen, what, service: _ } = rendering;
        let mut next = Some(first);
        for _ in 0..MOST {
            let Some(error) = next.take() else { return };
            let failure = seen.failure(&error, self.recovery.sources(self.library), template.name);
            let when = When { what: what.clone(), output_line: None };
            self.failures.push(failure, when);
            if error.kind() == ErrorKind::OutOfFuel || !self.recovery.take_out(&error, self.library) {
                // What is wrong with it for another service may still be something else, unless it takes long to find out.
                if error.kind() == ErrorKind::OutOfFuel {
                    self.stopped.insert(template.name);
                }
                return;
            }
            next = self.recovery.render(template.name, context).err();
        }
    }

    /// Reads objects from an output.
    fn read(&mut self, rendering: &Rendering<'_, 'l, 'f>, text: &str, spans: &[OutputSpan]) {
        if text.trim().is_empty() {
            return;
        }
        let Rendering { template, context: _, seen: _, what, service } = rendering;
        let output = Output::read(template, text, &self.labels);
        for (mut object, named) in output.objects {
            let (of, spot) = super::output::source(text, spans, named, self.library);
            let file = of.and_then(|name| self.library.files.get(name)).copied().unwrap_or(template.file);
            object.place = spot.place(&file.shown);
            object.service.clone_from(service);
            self.built.push(object);
        }
        for fault in output.faults {
            let (of, spot) = super::output::source(text, spans, fault.pos, self.library);
            let template = of.unwrap_or(template.name).to_owned();
            let failure = Failure { template, spot, code: fault.code, message: fault.message, hint: fault.hint };
            self.failures.push(failure, When { what: what.clone(), output_line: Some(fault.pos.line) });
        }
    }
}

/// A part of the cluster, which is made only once.
fn part(base: &Value, list: &str, index: usize) -> Value {
    let list = base.get_attr("cluster").and_then(|cluster| cluster.get_attr(list));
    list.and_then(|list| list.get_item_by_index(index)).unwrap_or_default()
}
