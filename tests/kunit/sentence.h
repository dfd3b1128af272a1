/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sentence.h - a test case whose name is a sentence.
 *
 * The name says what is true of the code while the case passes. It must not
 * hold '.' or '#': the kernel's filter and its report give them a meaning.
 */
#ifndef _IP_CT_SENTENCE_H
#define _IP_CT_SENTENCE_H

#include <kunit/test.h>

#define IP_CT_CASE(_function, _sentence) \
	{ .run_case = _function, .name = _sentence }

#endif /* _IP_CT_SENTENCE_H */
