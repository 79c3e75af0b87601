import connectFunctions from '../connect/connect.sh';
import connectScript from './connect-script.sh';

/** Connects to addresses from wherever it runs; its parameters and answers: connect-script.sh, parse-answers.ts. */
export const connectingScript = `${connectFunctions}\n${connectScript}`;
