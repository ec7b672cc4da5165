/* Reads what Fillproof sends: a case, which is settings, bars and signals. */
#ifndef CASE_H
#define CASE_H

#include "engine.h"
#include "json.h"

typedef struct {
    Settings settings;
    Bar *bars;
    int bar_count;
    Signal *signals;
    int signal_count;
    char skip[160]; /* what of the case this engine does not have; empty: nothing */
} Case;

/* Read a case.  Free it afterwards, whatever came of it. */
Case case_read(const Json *json);
void case_free(Case *found);

#endif
