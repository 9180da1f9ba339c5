#!/usr/bin/env bash
# Makes sure that Spark finds a Java it can run on (17 or newer): silent when it does.
# Spark takes $JAVA_HOME before PATH, so the same order holds here.
set -euo pipefail

oldest=17

# Prints the major version of the Java that Spark would start, or nothing where there is none that runs.
java_major() {
    local java=java line
    if [ -n "${JAVA_HOME:-}" ]; then java="$JAVA_HOME/bin/java"; fi
    # macOS ships a /usr/bin/java that only names a shop: the exit code counts, not the file.
    line=$("$java" -version 2>&1) || return 0
    printf '%s\n' "$line" | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1
}

found=$(java_major)
if [ -n "$found" ] && [ "$found" -ge "$oldest" ]; then exit 0; fi

where=${JAVA_HOME:+ (JAVA_HOME is $JAVA_HOME)}
# Java 8 and older call themselves "1.8": a 1 here.
if [ "$found" = 1 ]; then found="8 or older"; fi
echo "Java $oldest or newer is needed to run Spark; found: ${found:-none}$where." >&2

if [ -z "${JAVA_HOME:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing it through apt ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # Debian 12 has 17, Debian 13 has 21.
    for version in 17 21 25; do
        if apt-cache show "openjdk-$version-jre-headless" >/dev/null 2>&1; then
            apt-get install -qq -y --no-install-recommends "openjdk-$version-jre-headless" >/dev/null
            break
        fi
    done
    found=$(java_major)
    if [ -n "$found" ] && [ "$found" -ge "$oldest" ]; then exit 0; fi
    echo "apt did not bring a Java of version $oldest or newer." >&2
fi

cat >&2 <<'TEXT'
  Debian, Ubuntu:  sudo apt-get install openjdk-17-jre-headless   (openjdk-21-jre-headless on Debian 13)
  macOS:           brew install openjdk@17 && export JAVA_HOME="$(brew --prefix openjdk@17)"
Where JAVA_HOME is set, it must point to such a Java. Then run the same command again.
TEXT
exit 1
