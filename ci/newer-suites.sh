# Sourced, not run: lets apt look into newer suites of the distribution without touching the system's lists, cache or sources.
#   newer_suites FOLDER {deb|deb-src} SUITE...     exports APT_CONFIG; afterwards apt-get and apt-cache see these suites alone
# Returns 3 when the machine's own sources name no Debian mirror. FOLDER is the caller's, to be removed with all that is in it.

# The mirror is the one that the machine's own sources name.
name_mirror() {
    apt-get "$@" indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main' | head -n 1
}

newer_suites() {
    local work=$1 type=$2 mirror suite
    shift 2
    mirror=$(name_mirror)
    if [ -z "$mirror" ]; then
        # A new machine that holds no lists yet does not know what its sources are: a second look, with lists of our own.
        mkdir -p "$work/machine/partial"
        apt-get -qq -o Dir::State::lists="$work/machine" -o APT::Sandbox::User="$(id -un)" update >&2
        mirror=$(name_mirror -o Dir::State::lists="$work/machine")
    fi
    if [ -z "$mirror" ]; then
        echo "the machine's apt sources name no Debian mirror" >&2
        return 3
    fi
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=""
    [ ! -f "$keyring" ] || signed="[signed-by=$keyring] "
    for suite in "$@"; do
        echo "$type $signed$mirror $suite main"
    done > "$work/sources.list"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    cat > "$work/apt.conf" <<CONF
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "$(id -un)";
CONF
    export APT_CONFIG=$work/apt.conf
    apt-get update -qq >&2 || echo "not every suite could be read; going on with the others" >&2
}
