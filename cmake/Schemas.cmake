# What flatc makes of the event schema: C++, the list of types, and the reflection schema embedded in the program. And
# the code lists, embedded too.
find_program(FLATC flatc REQUIRED)
set(MINNE_GENERATED ${CMAKE_BINARY_DIR}/generated)
set(flags --cpp --cpp-std c++17 --scoped-enums --gen-object-api --gen-compare --gen-all -o ${MINNE_GENERATED})

file(GLOB event_schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/events/schemas/*.fbs)
add_custom_command(
  OUTPUT ${MINNE_GENERATED}/event_generated.h ${MINNE_GENERATED}/sealed_generated.h
         ${MINNE_GENERATED}/event_bfbs_generated.h
  # The reflection schema first: this command also writes event_generated.h, without the included files.
  COMMAND ${FLATC} --cpp --bfbs-comments --bfbs-gen-embed --schema --binary -o ${MINNE_GENERATED}
          ${CMAKE_SOURCE_DIR}/events/schemas/event.fbs
  COMMAND ${FLATC} ${flags} ${CMAKE_SOURCE_DIR}/events/schemas/event.fbs
  COMMAND ${FLATC} ${flags} ${CMAKE_SOURCE_DIR}/events/schemas/sealed.fbs
  DEPENDS ${event_schemas}
  VERBATIM)
set(generated ${MINNE_GENERATED}/event_generated.h)

add_custom_command(
  OUTPUT ${MINNE_GENERATED}/event_types.h
  COMMAND ${CMAKE_COMMAND} -DSCHEMA=${CMAKE_SOURCE_DIR}/events/schemas/event.fbs -DOUTPUT=${MINNE_GENERATED}/event_types.h
          -P ${CMAKE_SOURCE_DIR}/cmake/EventTypes.cmake
  DEPENDS ${CMAKE_SOURCE_DIR}/events/schemas/event.fbs ${CMAKE_SOURCE_DIR}/cmake/EventTypes.cmake
  VERBATIM)
list(APPEND generated ${MINNE_GENERATED}/event_types.h)

file(GLOB code_lists CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/events/codes/*.toml)
add_custom_command(
  OUTPUT ${MINNE_GENERATED}/code_files.h
  COMMAND ${CMAKE_COMMAND} -DDIRECTORY=${CMAKE_SOURCE_DIR}/events/codes -DOUTPUT=${MINNE_GENERATED}/code_files.h
          -DNAME=kCodeFiles -P ${CMAKE_SOURCE_DIR}/cmake/EmbedTexts.cmake
  DEPENDS ${code_lists} ${CMAKE_SOURCE_DIR}/cmake/EmbedTexts.cmake
  VERBATIM)
list(APPEND generated ${MINNE_GENERATED}/code_files.h)
add_custom_target(minne_schemas DEPENDS ${generated})
