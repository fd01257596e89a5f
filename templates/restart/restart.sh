# Restarts what has certificates from cacerts: istiod, then the gateways, then the workloads, each once the one before it is ready.
# What was restarted for the same certificates before is left alone, so that running this again changes nothing.
set -eu

say() {
  printf '%s\n' "$*"
}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The certificates that this pod has. Its node gives them to it as other nodes give them to istiod.
certificates() {
  cat /cacerts/ca-cert.pem /cacerts/root-cert.pem | sha256sum | cut -d ' ' -f 1
}

are_current() {
  test "$(certificates)" = "$CERTIFICATES"
}

# Whether istiod has written the roots of cacerts into a namespace, from where new pods have them.
has_roots() {
  found=$(kubectl -n "$1" get configmap istio-ca-root-cert --ignore-not-found -o 'jsonpath={.data.root-cert\.pem}' </dev/null) || return 1
  test "$found" = "$(cat /cacerts/root-cert.pem)"
}

# Waits until a command succeeds, for so many seconds.
wait_for() {
  seconds=$1
  shift
  until "$@"; do
    test "$seconds" -gt 0 || return 1
    sleep 5
    seconds=$((seconds - 5))
  done
}

# Replaces the pods of an object and waits until the new ones are ready.
restart() {
  are_current || fail "cacerts has changed meanwhile: the Job for the new certificates restarts everything"
  where="$1 $2/$3"
  found=$(kubectl -n "$2" get "$1" "$3" --ignore-not-found -o name </dev/null)
  if test -z "$found"; then
    say "$where: not found"
    return 0
  fi
  patch="{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"meshtree.io/restarted-for\":\"$CERTIFICATES\"}}}}}"
  kubectl -n "$2" patch "$1" "$3" --field-manager=meshtree-restart --type=merge -p "$patch" </dev/null
  how=$(kubectl -n "$2" get "$1" "$3" -o 'jsonpath={.spec.paused}{.spec.updateStrategy.type}' </dev/null)
  case $how in
  true*)
    say "$where: paused, so its pods stay until its rollout is resumed"
    return 0
    ;;
  OnDelete)
    say "$where: its pods stay until they are deleted (updateStrategy OnDelete)"
    return 0
    ;;
  esac
  kubectl -n "$2" rollout status "$1/$3" --timeout=600s </dev/null ||
    fail "$where: not ready after 10 minutes; nothing after it has been restarted"
}

wait_for 1800 are_current || fail "cacerts does not have the certificates that this Job is for after 30 minutes"
checks_roots=
while read -r stage kind namespace name <&3; do
  case $stage in
  istiod | istiod-reloads)
    found=$(kubectl -n "$namespace" get "$kind" "$name" --ignore-not-found -o name </dev/null)
    test -n "$found" || fail "$kind $namespace/$name: not found; nothing has been restarted"
    if test "$stage" = istiod-reloads && has_roots "$namespace"; then
      say "istiod in $namespace trusts these roots already and reads its new certificate while it runs"
      # Until each node has given the new certificates to its pods, and istiod has read them.
      sleep 120
    else
      restart "$kind" "$namespace" "$name"
    fi
    found=$(kubectl -n "$namespace" get configmap istio-ca-root-cert --ignore-not-found -o name </dev/null)
    if test -n "$found"; then checks_roots=yes; fi
    ;;
  gateway | workload)
    if test -n "$checks_roots"; then
      wait_for 600 has_roots "$namespace" ||
        fail "ConfigMap istio-ca-root-cert in $namespace does not have the roots of cacerts after 10 minutes; $kind $namespace/$name and what comes after it have not been restarted"
    fi
    restart "$kind" "$namespace" "$name"
    ;;
  esac
done 3</restart/targets
say "all restarted"
