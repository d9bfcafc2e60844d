#!/bin/sh
# The compiler's launcher: launcher compiler arguments, where the launcher may be ccache.
# A precompiled header is made anew, past ccache. Through it GCC would read the old header while it makes the new one;
# and one from the cache knows its files by other times than they have here, so that #pragma once lets them in twice.
for word; do
  case $word in
    *.gch)
      rm -f "$word"
      case $1 in *ccache) shift ;; esac
      exec "$@"
      ;;
  esac
done
CCACHE_SLOPPINESS=pch_defines,time_macros exec "$@"
