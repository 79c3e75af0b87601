import {useEffect, useState} from 'react';

/** The time in milliseconds, new every second while `isTicking`: nothing else on the screen moves by itself. */
export function useNow(isTicking: boolean): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		if (!isTicking) return undefined;
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, [isTicking]);
	return now;
}
