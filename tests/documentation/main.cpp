// muster_documentation --check ROOT | --write ROOT
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "agent/cli/completion.h"
#include "agent/config/table/documentation.h"
#include "tests/documentation/errors.h"

namespace {

struct Generated {
  const char* path;
  const char* begin;  // the line after which the text stands
  const char* end;    // the line before which it stops
  std::string text;
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// 0: as it should be, or written; 1: not.
int bring_up_to_date(const std::string& root, const Generated& part, bool write) {
  const std::string path = root + "/" + part.path;
  const std::string old = read(path);
  const auto begin = old.find(part.begin);
  const auto end = old.find(part.end);
  if (begin == std::string::npos || end == std::string::npos) {
    std::printf("%s: the lines '%s' and '%s' are missing\n", part.path, part.begin, part.end);
    return 1;
  }
  const auto start = begin + std::string(part.begin).size() + 1;
  const std::string fresh = old.substr(0, start) + part.text + old.substr(end);
  if (fresh == old) return 0;
  if (!write) {
    std::printf("%s is not what the code says: run scripts/update-docs\n", part.path);
    return 1;
  }
  std::ofstream(path, std::ios::binary) << fresh;
  return 0;
}

// The same for a file that is made as a whole.
int bring_up_to_date(const std::string& root, const char* path, const std::string& text, bool write) {
  if (read(root + "/" + path) == text) return 0;
  if (!write) {
    std::printf("%s is not what the code says: run scripts/update-docs\n", path);
    return 1;
  }
  std::ofstream(root + "/" + path, std::ios::binary) << text;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[1] : "";
  if (mode != "--check" && mode != "--write") {
    std::puts("muster_documentation --check ROOT | --write ROOT");
    return 2;
  }
  const std::string root = argv[2];
  const bool write = mode == "--write";
  int wrong = bring_up_to_date(root,
                               {"docs/preferences.md", "<!-- begin: made from the table -->", "<!-- end -->",
                                muster::config::preferences_as_markdown()},
                               write);
  wrong += bring_up_to_date(root,
                            {"packaging/man/muster-config.5", ".\\\" begin: made from the table", ".\\\" end",
                             muster::config::preferences_as_manual()},
                            write);
  const std::pair<const char*, std::string> completions[] = {
      {"packaging/completions/muster.bash", muster::cli::bash_completion()},
      {"packaging/completions/_muster", muster::cli::zsh_completion()},
      {"packaging/completions/muster.fish", muster::cli::fish_completion()},
  };
  for (const auto& [path, text] : completions) wrong += bring_up_to_date(root, path, text, write);

  for (const std::string& missing : muster::test::errors_missing_in(read(root + "/docs/errors.md"))) {
    std::printf("docs/errors.md lacks: %s\n", missing.c_str());
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
