// Preloaded into a measured process: tells its peak memory and CPU time on file descriptor 3 when it ends.
import {writeSync} from 'node:fs';
import process from 'node:process';

process.on('exit', () => {
	const {maxRSS, userCPUTime, systemCPUTime} = process.resourceUsage();
	writeSync(3, JSON.stringify({peakMegabytes: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6}));
});
