export { Devlink, type DevlinkOptions } from './devlink.ts';
export type { DevlinkFault } from './faults.ts';
export {
  COMPONENT,
  deviceName,
  FIRMWARE_FILES,
  FLASH,
  knobPath,
  NETDEVSIM_BUS,
  NETDEVSIM_DEL,
  NETDEVSIM_NEW,
  NETDEVSIM_PORTS,
  NETDEVSIM_SPARE,
  NETDEVSIM_STEADY,
} from './netdevsim.ts';
