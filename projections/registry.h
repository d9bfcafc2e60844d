// Every component, once, in order. To add one: its files in components/ (.h, .cpp, .fbs) and its name here.
#pragma once

#include "projections/components/activity.h"
#include "projections/components/assignments.h"
#include "projections/components/collaborations.h"
#include "projections/components/contacts.h"
#include "projections/components/continuity.h"
#include "projections/components/courses.h"
#include "projections/components/decisions.h"
#include "projections/components/file.h"
#include "projections/components/information.h"
#include "projections/components/instruments.h"
#include "projections/components/interventions.h"
#include "projections/components/investigations.h"
#include "projections/components/lead_times.h"
#include "projections/components/matters.h"
#include "projections/components/obligations.h"
#include "projections/components/offences.h"
#include "projections/components/open_services.h"
#include "projections/components/parties.h"
#include "projections/components/picture.h"
#include "projections/components/placements.h"
#include "projections/components/plans.h"
#include "projections/components/proposals.h"
#include "projections/components/protected_identity.h"
#include "projections/components/queues.h"
#include "projections/components/reports.h"
#include "projections/components/retention.h"
#include "projections/components/staff.h"

namespace minne {

using Components =
    Types<File, Activity, Investigations, Reports, Assignments, Obligations, Matters, Contacts, Staff, Continuity,
          Courses, LeadTimes, Proposals, Interventions, Instruments, Placements, Queues, Picture, Plans, Collaborations,
          Offences, OpenServices, Decisions, ProtectedIdentity, Information, Retention, Parties>;

}  // namespace minne
