//! Objects that share a file, by the layout of the settings.

use std::collections::BTreeMap;

use super::layout::file_of;
use super::tree::{ClusterTree, RenderedFile, TreeBuilder, TreeError};
use crate::model::settings::OutputLayout;

/// The line between two objects of a file.
pub const BETWEEN: &str = "---\n";

impl ClusterTree {
    /// The files of a tree of objects, as they are written: in the order of the paths that the objects would have alone, each with its
    /// first line.
    ///
    /// # Errors
    /// An object of its own whose path another file takes.
    pub fn grouped(self) -> Result<Self, TreeError> {
        if self.layout == OutputLayout::Object {
            return Ok(self);
        }
        let mut files: BTreeMap<String, Vec<&RenderedFile>> = BTreeMap::new();
        for file in self.files() {
            let path = file_of(self.layout, &file.path, &file.object).into_owned();
            files.entry(path).or_default().push(file);
        }
        let mut builder = TreeBuilder::new(self.cluster.clone());
        for (path, objects) in files {
            let Some((first, rest)) = objects.split_first() else { continue };
            builder.push(path, first.object.clone(), first.sources.clone(), |out| {
                self.pieces(first).for_each(|piece| out.push_str(piece));
                for object in rest {
                    out.push_str(BETWEEN);
                    self.pieces(object).for_each(|piece| out.push_str(piece));
                }
            });
            builder.with_more(rest.iter().map(|file| (file.object.clone(), file.sources.clone())).collect());
        }
        builder.finish()
    }
}

/// The objects of a file that [`ClusterTree::grouped`] has put together.
pub fn apart(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest?;
        // Within an object, such a line would be indented.
        let end = all.find("\n---\n").map(|at| at + 1);
        let (one, next) = end.map_or((all, None), |end| (&all[..end], Some(&all[end + BETWEEN.len()..])));
        rest = next;
        Some(one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(layout: OutputLayout) -> ClusterTree {
        let mut builder = TreeBuilder::new("east".into());
        for (path, object) in [
            ("shop/virtualservice-web.yaml", "VirtualService shop/web"),
            ("shop/virtualservice-cart.yaml", "VirtualService shop/cart"),
            ("shop/destinationrule-web.yaml", "DestinationRule shop/web"),
            ("istio-system/secret-cacerts.yaml", "Secret istio-system/cacerts"),
            ("istio-system/sealedsecret.bitnami.com-cacerts.yaml", "SealedSecret.bitnami.com istio-system/cacerts"),
            ("_cluster/namespace-shop.yaml", "Namespace /shop"),
        ] {
            builder.push(path, object, ["TrafficPolicy shop/web".into()].into(), |out| {
                out.push_str(&format!("# {object}\ndata: |\n  ---\n"));
            });
        }
        let mut tree = builder.finish().expect("a tree");
        tree.layout = layout;
        tree
    }

    #[test]
    fn objects_are_together_by_the_layout() {
        for (layout, wanted) in [
            (OutputLayout::Object, vec![1; 6]),
            (OutputLayout::Kind, vec![1, 1, 1, 1, 2]),
            (OutputLayout::Namespace, vec![1, 1, 1, 3]),
            (OutputLayout::Cluster, vec![1, 1, 4]),
        ] {
            let grouped = tree(layout).grouped().expect("no two files with one path");
            let found: Vec<usize> = grouped.files().iter().map(|file| file.objects().count()).collect();
            assert_eq!(found, wanted, "{layout:?}");
            assert_eq!(grouped.objects(), 6);
            assert!(grouped.get("istio-system/secret-cacerts.yaml").is_some(), "it may be encrypted as a whole");
        }
    }

    #[test]
    fn what_was_put_together_comes_apart() {
        let alone = tree(OutputLayout::Object);
        let grouped = tree(OutputLayout::Cluster).grouped().expect("no two files with one path");
        let file = grouped.get("objects.yaml").expect("the file of all objects");
        let text = grouped.text(file);
        let texts: Vec<&str> = apart(&text).collect();
        let of = |path| alone.get(path).map(|file| alone.text(file));
        assert_eq!(texts.len(), 4);
        assert_eq!(Some(texts[0]), of("_cluster/namespace-shop.yaml").as_deref());
        assert_eq!(Some(texts[3]), of("shop/virtualservice-web.yaml").as_deref());
    }
}
