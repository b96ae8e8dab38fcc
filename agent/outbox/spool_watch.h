// Watches the folders of a spool and says what became of which file. One thread.
#pragma once

#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "platform/folder_watch.h"

namespace muster::outbox {

class SpoolWatch {
 public:
  struct Change {
    enum class Kind {
      closed,   // its writer has closed the file, or renamed it into place
      named,    // a new name: of a file that is about to be written, or a further one of a complete file
      written,  // it is being written to
      rescan,   // something may have been missed: the whole spool is to be scanned
    };
    Kind kind = Kind::rescan;
    spool::Entry entry;  // empty for rescan
  };

  static Result<SpoolWatch> make();

  // Watches the spool and all its types, as they are now. The spool and the usual type are made where they are missing,
  // as what does not exist cannot be watched; an error is about that. What cannot be watched is a problem().
  Status watch(spool::Spool& spool);

  // Why some folders are not watched; empty: all are.
  const std::string& problem() const { return problem_; }

  const platform::UniqueFd& handle() const { return folders_.handle(); }
  std::vector<Change> changes(const spool::Spool& spool);  // since the last call

 private:
  explicit SpoolWatch(platform::FolderWatch folders) : folders_(std::move(folders)) {}

  platform::FolderWatch folders_;
  std::string problem_;
};

}  // namespace muster::outbox
