/**
 * What a user may set about a device and hardly ever does. Immutable, and shared by all devices that agree: a lab of
 * ten thousand hosts has one of these, and one for their loopbacks (bench/nodes).
 */
export interface DeviceSettings {
  /** `txqueuelen`, in packets. */
  readonly transmitQueueLength: number
  readonly group: number
  readonly alias: string
  /** IFF_PROMISC and IFF_ALLMULTI as a user set them (dev->gflags). */
  readonly userFlags: number
  /** A 48-bit number. */
  readonly broadcastMac: number
}

export const DEFAULT_SETTINGS: DeviceSettings = {
  transmitQueueLength: 1000, group: 0, alias: '', userFlags: 0, broadcastMac: 0xffffffffffff,
}

export const LOOPBACK_SETTINGS: DeviceSettings = { ...DEFAULT_SETTINGS, broadcastMac: 0 }

/** The same settings with one value changed. */
export function withSetting<Key extends keyof DeviceSettings>(settings: DeviceSettings, key: Key,
  value: DeviceSettings[Key]): DeviceSettings {
  return { ...settings, [key]: value }
}
