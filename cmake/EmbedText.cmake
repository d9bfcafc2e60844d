# Writes a text file as a C++ string constant: -DINPUT= -DOUTPUT= -DNAME=
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#pragma once\n#include <string_view>\ninline constexpr std::string_view ${NAME} = R\"MINNE(${text})MINNE\";\n")
