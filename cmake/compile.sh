#!/bin/sh
# The compiler's launcher. A precompiled header is made from nothing: through ccache, GCC would read the old one while it
# makes the new.
for word; do
  case $word in
    *.gch) rm -f "$word" ;;
  esac
done
CCACHE_SLOPPINESS=pch_defines,time_macros exec "$@"
