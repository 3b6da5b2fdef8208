// What was printed must have arrived: a full disk is no success.

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "command/commands.h"

namespace vedette {

int after_output(int code) {
  errno = 0;
  std::cout.flush();
  const bool arrived = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (arrived) return code;
  std::cerr << "vedette: cannot write to standard output";
  if (errno != 0) std::cerr << ": " << std::generic_category().message(errno);
  std::cerr << '\n';
  return 2;
}

}  // namespace vedette
