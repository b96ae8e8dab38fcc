#include "platform/program.h"

#include <array>

#include "platform/file.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// As the C library of the program takes it apart again (CommandLineToArgvW).
std::wstring quoted(const std::wstring& word) {
  if (!word.empty() && word.find_first_of(L" \t\"") == std::wstring::npos) return word;
  std::wstring text = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t character : word) {
    if (character == L'"') text.append(backslashes + 1, L'\\');
    backslashes = character == L'\\' ? backslashes + 1 : 0;
    text += character;
  }
  text.append(backslashes, L'\\');
  return text + L'"';
}

std::wstring command_line(const std::vector<std::string>& arguments) {
  std::wstring line;
  for (const std::string& argument : arguments) line += (line.empty() ? L"" : L" ") + quoted(wide(argument));
  return line;
}

std::filesystem::path found_program(const std::string& name) {
  std::array<wchar_t, MAX_PATH> folder{};
  if (::GetSystemDirectoryW(folder.data(), folder.size()) == 0) return {};
  std::filesystem::path path = std::filesystem::path(folder.data()) / (name + ".exe");
  return platform::exists(path) ? path : std::filesystem::path();
}

Result<UniqueFd> start(const std::vector<std::string>& arguments, HANDLE output, ErrorOutput error_output) {
  const auto program = found_program(arguments.front());
  if (program.empty()) return fail(ErrorKind::failure, "there is no program " + arguments.front(), "install it");

  STARTUPINFOW streams{};
  streams.cb = sizeof streams;
  streams.dwFlags = STARTF_USESTDHANDLES;
  streams.hStdOutput = output;
  if (error_output == ErrorOutput::with_output) streams.hStdError = output;

  PROCESS_INFORMATION process{};
  std::wstring line = command_line(arguments);
  if (!::CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW, nullptr, nullptr,
                        &streams, &process)) {
    return fail(ErrorKind::failure, "cannot run " + program.string() + ": " + last_os_error());
  }
  ::CloseHandle(process.hThread);
  return owned(process.hProcess);
}

}  // namespace

Status run_program(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& use,
                   ErrorOutput error_output) {
  HANDLE ends[2] = {nullptr, nullptr};
  if (!::CreatePipe(&ends[0], &ends[1], nullptr, 0)) return fail(ErrorKind::failure, "no pipe: " + last_os_error());
  const UniqueFd reader = owned(ends[0]);
  UniqueFd writer = owned(ends[1]);
  ::SetHandleInformation(ends[1], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  const auto process = start(arguments, ends[1], error_output);
  writer.reset();
  if (!process) return tl::unexpected(process.error());

  std::string block(32 << 10, '\0');
  DWORD got = 0;
  while (::ReadFile(ends[0], block.data(), static_cast<DWORD>(block.size()), &got, nullptr) && got > 0) {
    use(std::string_view(block).substr(0, got));
  }

  DWORD code = 0;
  ::WaitForSingleObject(handle_of(*process), INFINITE);
  if (::GetExitCodeProcess(handle_of(*process), &code) && code == 0) return {};
  return fail(ErrorKind::failure, arguments.front() + " ended with exit code " + std::to_string(code),
              "run it by hand to see why");
}

}  // namespace muster::platform
