/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_ENGINE_START_H
#define JRUNC_ENGINE_START_H

#include <stdbool.h>
#include <sys/types.h>

/* The engine that serves this invocation. */
struct engine {
	int sock;
	bool resident;		/* it serves others too: may refuse us, is not ours to kill */
	pid_t jvm;		/* our own one-shot JVM, or 0 */
	int jvm_output;		/* memfd with what it printed, or -1 */
	char reason[256];	/* why there is none, after a failure: for one line on stderr */
};

enum engine_mode { ENGINE_AUTO, ENGINE_OFF, ENGINE_REQUIRE };

/* JRUNC_ENGINE of the caller.  Returns 0, or -1 when its value is none of the three. */
int engine_mode(enum engine_mode *mode);

/* Find the installation around our own executable.  Returns 0 or -1 with e->reason. */
int engine_locate(struct engine *e);
const char *engine_build_id(void);

/*
 * Connect to the resident engine; with `start`, start one where there is none.
 * Returns 0 with e->sock, or -1 with e->reason.  Waits for at most 10 s for
 * somebody else who is starting it.
 */
int engine_resident(struct engine *e, bool start);

/* Start a private JVM on a socket pair.  Returns 0 or -1 with e->reason. */
int engine_one_shot(struct engine *e);

/* What is in a resident engine's directory. */
#define ENGINE_SOCKET	"engine.sock"
#define ENGINE_LOCK	"lock"

/* Remove the directories beside `own_dir`, which is called `own`, whose engines are gone.  What cannot be removed stays. */
void engine_sweep(int own_dir, const char *own);

/* Undo for this process what its starter was bound by: limits, priorities, processors.  What may not be undone stays. */
void engine_defaults(void);

/* Become the resident engine, in the foreground: on descriptor 3 if systemd passed one.  Returns only with e->reason. */
int engine_serve(struct engine *e, int listen_fds);

/* The first line that a one-shot JVM printed, into `line`.  Returns its length. */
size_t engine_last_words(const struct engine *e, char *line, size_t cap);

/* Become our own program once more, with these words; signals, descriptors and environment stay.  Returns with errno. */
void engine_reexec(char *const *argv);

/* End our one-shot JVM, if it is still there, and wait for it. */
void engine_end(struct engine *e);

#endif
