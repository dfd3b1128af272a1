/* SPDX-License-Identifier: GPL-2.0 */
/* tests/model/race/shim.h has what is needed of it */
