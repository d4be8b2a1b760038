package journal_test

// crashVariable is set in the environment of a test binary that is to die.
const crashVariable = "FRONTDESK_JOURNAL_CRASH"

func crashChild() {}
