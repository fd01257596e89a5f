//! Which files there are for each target: the one table of them.

use super::{Needs, Template};

/// What files are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    ArgoCd,
    Flux,
    GitHub,
    GitLab,
    PreCommit,
}

/// A file that is always written as a whole.
const fn whole(path: &'static str, name: &'static str) -> Template {
    Template { path, name, needs: Needs::Nothing, may_have_more: false }
}

/// A file to which people add lines of their own.
const fn lines(path: &'static str, name: &'static str) -> Template {
    Template { path, name, needs: Needs::Nothing, may_have_more: true }
}

/// What keeps the files from being read as inputs.
const IGNORE: Template =
    Template { path: "gitops/.meshtreeignore", name: "ignore", needs: Needs::Inside, may_have_more: false };

const ATTRIBUTES: Template = lines("{fleet}.gitattributes", "gitattributes");

const ARGOCD: [Template; 9] = [
    whole("gitops/argocd/applicationset.yaml", "applicationset"),
    Template {
        path: "gitops/argocd/applicationset-waves.yaml",
        name: "applicationset-waves",
        needs: Needs::Waves,
        may_have_more: false,
    },
    whole("gitops/argocd/applicationset-plugin.yaml", "applicationset-plugin"),
    whole("gitops/argocd/applicationset-hydrator.yaml", "applicationset-hydrator"),
    whole("gitops/argocd/plugin/plugin.yaml", "plugin"),
    whole("gitops/argocd/plugin/repo-server-patch.yaml", "repo-server-patch"),
    whole("gitops/argocd/plugin/kustomization.yaml", "kustomization"),
    whole("gitops/argocd/plugin/Containerfile", "containerfile"),
    IGNORE,
];

const FLUX: [Template; 5] = [
    whole("gitops/flux/source.yaml", "flux-source"),
    whole("gitops/flux/clusters/{cluster}.yaml", "flux-cluster"),
    whole("gitops/flux/hub/{cluster}.yaml", "flux-hub"),
    whole("gitops/flux/artifacts.yaml", "flux-artifacts"),
    IGNORE,
];

const GITHUB: [Template; 4] = [
    whole(".github/workflows/mesh.yaml", "github-mesh"),
    whole(".github/workflows/mesh-certificates.yaml", "github-expiry"),
    whole(".github/actions/meshtree/action.yaml", "github-action"),
    ATTRIBUTES,
];

const GITLAB: [Template; 3] =
    [lines(".gitlab-ci.yml", "gitlab-ci"), whole(".gitlab/mesh.yml", "gitlab-mesh"), ATTRIBUTES];

const PRE_COMMIT: [Template; 2] = [whole(".pre-commit-config.yaml", "pre-commit"), ATTRIBUTES];

/// The texts of the templates.
pub(super) const SOURCES: [(&str, &str); 25] = [
    ("applicationset", include_str!("../../../templates/gitops/argocd/applicationset.yaml.j2")),
    ("applicationset-waves", include_str!("../../../templates/gitops/argocd/applicationset-waves.yaml.j2")),
    ("applicationset-plugin", include_str!("../../../templates/gitops/argocd/applicationset-plugin.yaml.j2")),
    ("applicationset-hydrator", include_str!("../../../templates/gitops/argocd/applicationset-hydrator.yaml.j2")),
    ("application-annotations", include_str!("../../../templates/gitops/argocd/application-annotations.j2")),
    ("plugin-annotations", include_str!("../../../templates/gitops/argocd/plugin-annotations.j2")),
    ("sync-policy", include_str!("../../../templates/gitops/argocd/sync-policy.j2")),
    ("set-policy", include_str!("../../../templates/gitops/argocd/set-policy.j2")),
    ("plugin", include_str!("../../../templates/gitops/argocd/plugin.yaml.j2")),
    ("repo-server-patch", include_str!("../../../templates/gitops/argocd/repo-server-patch.yaml.j2")),
    ("kustomization", include_str!("../../../templates/gitops/argocd/kustomization.yaml.j2")),
    ("containerfile", include_str!("../../../templates/gitops/argocd/Containerfile.j2")),
    ("ignore", include_str!("../../../templates/gitops/ignore.j2")),
    ("gitattributes", include_str!("../../../templates/gitops/gitattributes.j2")),
    ("flux-source", include_str!("../../../templates/gitops/flux/source.yaml.j2")),
    ("flux-cluster", include_str!("../../../templates/gitops/flux/cluster.yaml.j2")),
    ("flux-hub", include_str!("../../../templates/gitops/flux/hub.yaml.j2")),
    ("flux-artifacts", include_str!("../../../templates/gitops/flux/artifacts.yaml.j2")),
    ("spec", include_str!("../../../templates/gitops/flux/spec.j2")),
    ("github-mesh", include_str!("../../../templates/gitops/github/mesh.yaml.j2")),
    ("github-expiry", include_str!("../../../templates/gitops/github/expiry.yaml.j2")),
    ("github-action", include_str!("../../../templates/gitops/github/action.yaml.j2")),
    ("gitlab-ci", include_str!("../../../templates/gitops/gitlab/ci.yml.j2")),
    ("gitlab-mesh", include_str!("../../../templates/gitops/gitlab/mesh.yml.j2")),
    ("pre-commit", include_str!("../../../templates/gitops/pre-commit/config.yaml.j2")),
];

impl Target {
    /// The targets by their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("argocd", Self::ArgoCd),
        ("flux", Self::Flux),
        ("github", Self::GitHub),
        ("gitlab", Self::GitLab),
        ("pre-commit", Self::PreCommit),
    ];

    /// What is written for it.
    pub(super) fn templates(self) -> &'static [Template] {
        match self {
            Self::ArgoCd => &ARGOCD,
            Self::Flux => &FLUX,
            Self::GitHub => &GITHUB,
            Self::GitLab => &GITLAB,
            Self::PreCommit => &PRE_COMMIT,
        }
    }

    /// What to do with the files, for people.
    pub fn next(self) -> &'static str {
        match self {
            Self::ArgoCd => {
                "next: apply one of the ApplicationSets where Argo CD runs; plugin/ is for those that render in Argo CD"
            }
            Self::Flux => {
                "next: apply gitops/flux/source.yaml and a file of clusters/ in each cluster, or those of hub/ in the hub"
            }
            Self::GitHub => "next: commit the files; protect the branch with the jobs check and impact",
            Self::GitLab => "next: commit the files; set the variable MESHTREE_TOKEN and a weekly pipeline schedule",
            Self::PreCommit => "next: commit the file, and run pre-commit install",
        }
    }
}
