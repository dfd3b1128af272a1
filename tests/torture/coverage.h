/* SPDX-License-Identifier: GPL-2.0 */
/*
 * coverage.h - what this process makes the module execute (KCOV).
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <stdbool.h>

bool coverage_open(void);
void coverage_begin(void);
unsigned int coverage_end(void);
unsigned int coverage_edges(void);
void coverage_forget(void);

#endif /* COVERAGE_H */
