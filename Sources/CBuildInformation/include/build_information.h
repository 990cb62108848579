#ifndef DAYBOOK_BUILD_INFORMATION_H
#define DAYBOOK_BUILD_INFORMATION_H

/// The commit that was built, with a plus when files had been changed since; "unknown" outside a clone.
const char *daybook_commit(void);

#endif
