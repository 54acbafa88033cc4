// SPDX-License-Identifier: Apache-2.0
// The generators that the table of generators.cpp lists, one file per algorithm. Each takes a request that
// make_schedule() has checked and returns a schedule with at least request.channels channels.
#pragma once

#include "collectives/generators.hpp"

namespace muster {

Schedule ring_all_reduce(const ScheduleRequest& request);
Schedule ring_reduce_scatter(const ScheduleRequest& request);
Schedule ring_all_gather(const ScheduleRequest& request);
Schedule ring_broadcast(const ScheduleRequest& request);
Schedule ring_reduce(const ScheduleRequest& request);
Schedule ring_all_to_all(const ScheduleRequest& request);
Schedule ring_send_recv(const ScheduleRequest& request);

Schedule tree_all_reduce(const ScheduleRequest& request);
Schedule tree_broadcast(const ScheduleRequest& request);
Schedule tree_reduce(const ScheduleRequest& request);

Schedule halving_all_reduce(const ScheduleRequest& request);
Schedule halving_reduce_scatter(const ScheduleRequest& request);
Schedule doubling_all_gather(const ScheduleRequest& request);

Schedule hierarchical_all_reduce(const ScheduleRequest& request);
Schedule hierarchical_reduce_scatter(const ScheduleRequest& request);
Schedule hierarchical_all_gather(const ScheduleRequest& request);
Schedule hierarchical_broadcast(const ScheduleRequest& request);
Schedule hierarchical_all_to_all(const ScheduleRequest& request);

Schedule pairwise_all_to_all(const ScheduleRequest& request);
Schedule pairwise_all_gather(const ScheduleRequest& request);
Schedule pairwise_all_reduce(const ScheduleRequest& request);
Schedule pairwise_reduce_scatter(const ScheduleRequest& request);
Schedule pairwise_gather(const ScheduleRequest& request);
Schedule pairwise_scatter(const ScheduleRequest& request);

Schedule binomial_gather(const ScheduleRequest& request);
Schedule binomial_scatter(const ScheduleRequest& request);

Schedule bruck_all_to_all(const ScheduleRequest& request);
Schedule bruck_all_gather(const ScheduleRequest& request);
Schedule bruck_reduce_scatter(const ScheduleRequest& request);
Schedule bruck_all_reduce(const ScheduleRequest& request);

}  // namespace muster
