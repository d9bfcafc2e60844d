# What the projections are made of: their rows' tables, and the rule table as text in the program.
add_custom_command(
  OUTPUT ${MINNE_GENERATED}/rows_generated.h
  COMMAND ${FLATC} ${flags} ${CMAKE_SOURCE_DIR}/projections/rows.fbs
  DEPENDS ${CMAKE_SOURCE_DIR}/projections/rows.fbs
  VERBATIM)
list(APPEND projections_generated ${MINNE_GENERATED}/rows_generated.h)
add_custom_command(
  OUTPUT ${MINNE_GENERATED}/statute_toml.h
  COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_SOURCE_DIR}/projections/rules/statute.toml
          -DOUTPUT=${MINNE_GENERATED}/statute_toml.h -DNAME=kStatuteToml -P ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake
  DEPENDS ${CMAKE_SOURCE_DIR}/projections/rules/statute.toml ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake
  VERBATIM)
list(APPEND projections_generated ${MINNE_GENERATED}/statute_toml.h)
add_custom_target(minne_rows DEPENDS ${projections_generated})
