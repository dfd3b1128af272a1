#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# UDP one way is [UNREPLIED] for 30 s; with an answer, [ASSURED] for 180.
# Once with real sockets, once with the player.

. "$(dirname "$0")/../lib.sh"

lab_up
load_module

play bind dns server "$SERVER" 53
play ask dns client "$SERVER" 53
expect_entry udp - 30 '[UNREPLIED]' 'chapter: one way'
play answer dns
expect_entry udp - 180 '[ASSURED]' 'chapter: answered'

play conn
play udp c
play udp c
play udp c
expect_entry udp - 30 '[UNREPLIED]' 'its sender alone makes no stream'
play udp s
expect_entry udp - 180 '[ASSURED]'
play udp c
expect_entry udp - 180 '[ASSURED]'

unload_module
no_kernel_complaints
