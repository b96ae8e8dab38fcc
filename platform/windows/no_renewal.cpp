// What automatic renewal needs elsewhere: on Windows the system itself renews certificates (auto-enrolment).
#include "platform/bounded_program.h"
#include "platform/root_alone.h"

namespace muster::platform {
namespace {

constexpr char not_here[] = "on Windows the system itself renews certificates";
constexpr char instead[] = "use its auto-enrolment";

}  // namespace

Status check_root_alone_writes(const std::filesystem::path&) { return fail(ErrorKind::failure, not_here, instead); }

Result<ProgramRun> run_bounded(const BoundedProgram&) { return fail(ErrorKind::failure, not_here, instead); }

}  // namespace muster::platform
