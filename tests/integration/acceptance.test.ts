import { acceptance } from '../helpers/acceptance';
import { inBothModes } from '../helpers/modes';

inBothModes('acceptance', acceptance);
