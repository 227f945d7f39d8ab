/** A schedule taken apart by `cron._parse_schedule` (extensions/pg_cron--1.6.4.sql): times of a calendar in UTC, a pause, or the start. */
export type Schedule = CalendarSchedule | { seconds: number } | { reboot: true };

export type CalendarSchedule = {
	minute: number[];
	hour: number[];
	dom: number[];
	month: number[];
	/** 0 is Sunday. */
	dow: number[];
	/** Due on the last day of each month too. */
	lastDay: boolean;
	/** Day of the month and day of the week must both fit; else one of them is enough. */
	bothDays: boolean;
	/** Minute or hour begin with `*`: due so often that what a jump of the clock skipped is let go. */
	wild: boolean;
};

const minuteMs = 60_000;

/** The start of the minute that `time` (ms since 1970) is in. */
export const minuteOf = (time: number): number => time - (time % minuteMs);

/** Whether a schedule names the minute that begins at `time`. */
export function fits(schedule: CalendarSchedule, time: number): boolean {
	const at = new Date(time);
	const isLastDay = new Date(time + 24 * 60 * minuteMs).getUTCDate() === 1;
	const thisDom = schedule.dom.includes(at.getUTCDate()) || (schedule.lastDay && isLastDay);
	const thisDow = schedule.dow.includes(at.getUTCDay());
	return (
		schedule.minute.includes(at.getUTCMinutes()) &&
		schedule.hour.includes(at.getUTCHours()) &&
		schedule.month.includes(at.getUTCMonth() + 1) &&
		(schedule.bothDays ? thisDom && thisDow : thisDom || thisDow)
	);
}

/**
 * Whether a run fell due after the minute `last` up to the minute `now`. As in Vixie's cron and pg_cron (src/pg_cron.c, StartPendingRuns): up to
 * five minutes are caught up on; after a longer sleep only runs at fixed times are, one a day or so; after three hours none.
 */
export function fellDue(schedule: CalendarSchedule, last: number, now: number): boolean {
	const passed = Math.floor((now - last) / minuteMs);
	if (passed > 180 || (passed > 5 && schedule.wild)) return fits(schedule, now);
	for (let time = last + minuteMs; time <= now; time += minuteMs) {
		if (fits(schedule, time)) return true;
	}
	return false;
}
