"""Pages of declared views: boards, calendars, dispatch boards, gantt charts, networks."""
