# Makes the list of event types, for code that must name them all, from the one list there is: the union in event.fbs.
file(READ ${SCHEMA} schema)
string(REGEX MATCH "union Body {([^}]*)}" ignored "${schema}")
string(REGEX MATCHALL "[A-Za-z]+" names "${CMAKE_MATCH_1}")
list(TRANSFORM names REPLACE "(.+)" "  X(\\1)")
list(JOIN names " \\\n" body)
file(WRITE ${OUTPUT} "#pragma once\n#define MINNE_EVENT_TYPES(X) \\\n${body}\n")
