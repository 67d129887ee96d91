#!/bin/sh
# Ends with 0 when nothing that the build reads is newer than the last build's begin: then there is nothing to build.
# A file that went or came shows in the time of its folder.
cd "$(dirname "$0")/../.." || exit 1
[ -f dist/.built ] || exit 1
newer=$(find schemas spec reference conformance docs package.json package-lock.json tsconfig.json \
  -newer dist/.built -print 2>/dev/null | head -n 1)
[ -z "$newer" ]
