# What the projections are made of: their rows' tables, and the rule table as text in the program.
file(GLOB row_schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/projections/components/*.fbs)
set(all_rows "")
foreach(schema ${row_schemas})
  file(RELATIVE_PATH schema ${CMAKE_SOURCE_DIR} ${schema})
  string(APPEND all_rows "include \"${schema}\";\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/rows.fbs CONTENT "${all_rows}")
add_custom_command(
  OUTPUT ${MINNE_GENERATED}/rows_generated.h
  COMMAND ${FLATC} ${flags} -I ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/rows.fbs
  DEPENDS ${CMAKE_BINARY_DIR}/rows.fbs ${CMAKE_SOURCE_DIR}/projections/row.fbs ${row_schemas}
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
