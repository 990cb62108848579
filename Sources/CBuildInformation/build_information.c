#include "build_information.h"

const char *daybook_commit(void) { return DAYBOOK_COMMIT; }
