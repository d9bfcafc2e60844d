# What the projections are made of: their rows' tables, and the rule tables as text in the program.
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
file(GLOB rule_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/projections/rules/*.toml)
add_custom_command(
  OUTPUT ${MINNE_GENERATED}/rule_files.h
  COMMAND ${CMAKE_COMMAND} -DDIRECTORY=${CMAKE_SOURCE_DIR}/projections/rules -DOUTPUT=${MINNE_GENERATED}/rule_files.h
          -DNAME=kRuleFiles -P ${CMAKE_SOURCE_DIR}/cmake/EmbedTexts.cmake
  DEPENDS ${rule_files} ${CMAKE_SOURCE_DIR}/cmake/EmbedTexts.cmake
  VERBATIM)
list(APPEND projections_generated ${MINNE_GENERATED}/rule_files.h)
add_custom_target(minne_rows DEPENDS ${projections_generated})
